import{j as e,P as r}from"./index-qRcs1PzX.js";function i(){return e.jsx(r,{title:"Overview",children:"…"})}export{i as default};
