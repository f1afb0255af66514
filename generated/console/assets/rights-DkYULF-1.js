import{a as o}from"./index-LR9T_6w4.js";function u(e){const s=(o().tenant?.scopes??[]).filter(n=>n.includes(":"));return s.length===0||s.includes(e)}export{u};
