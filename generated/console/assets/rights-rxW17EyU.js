import{a as o}from"./index-C9D_9DRS.js";function u(e){const s=(o().tenant?.scopes??[]).filter(n=>n.includes(":"));return s.length===0||s.includes(e)}export{u};
