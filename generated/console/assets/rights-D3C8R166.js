import{a as o}from"./index-D5wQ4Dqp.js";function u(e){const s=(o().tenant?.scopes??[]).filter(n=>n.includes(":"));return s.length===0||s.includes(e)}export{u};
