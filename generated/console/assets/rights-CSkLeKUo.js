import{u as o}from"./index-zCtv1-gT.js";function u(e){const s=(o().tenant?.scopes??[]).filter(n=>n.includes(":"));return s.length===0||s.includes(e)}export{u};
