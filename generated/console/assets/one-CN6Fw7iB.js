import{b as m,e as j,j as s,P as v,R as b,s as g,a as x,F as h,C as c}from"./index-CuQ6-WOv.js";import{a as p,b as f}from"./client-DxxorMEQ.js";import{D as _}from"./deed-C5VinuIS.js";import{J as E}from"./json-GfOCVVpt.js";import{D as $}from"./deliveries-DezX_PGh.js";import{T as C}from"./trace-BTTpR1k4.js";import"./names-DIsNHkhO.js";function a(e){const{id:t,event_payload:n,...r}=e,l=Object.entries(n??{}).filter(([,i])=>i!==""),y=Object.entries(r).filter(([,i])=>i!=="");return{...Object.fromEntries(y),...l.length>0?{event_payload:Object.fromEntries(l)}:{}}}function O(e,t,n){return[`curl -s ${t}/api/v1/events -H "Authorization: Bearer $TOKEN" -H ${o(`X-TWC-Tenant: ${n}`)}`,`  -H "Content-Type: application/json" -d ${o(JSON.stringify(a(e)))}`].join(` \\
`)}function T(e,t,n){return[`grpcurl -plaintext -H "authorization: Bearer $TOKEN" -H ${o(`x-twc-tenant: ${n}`)}`,`  -d ${o(JSON.stringify({event:a(e)}))}`,`  ${t}:50051 tidings.collector.v1.EventService/CreateEvent`].join(` \\
`)}function S(e,t,n){return`import asyncio, json, os
from google.protobuf.json_format import ParseDict
from tidings.collector.v1.events_pb2 import Event
from tidings_client import ClientCredentials, Tidings


async def main():
    credentials = ClientCredentials(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    async with Tidings(${d(`${t}:50051`)}, tenant=${d(n)}, credentials=credentials) as tidings:
        event = ParseDict(json.loads(${d(JSON.stringify(a(e)))}), Event())
        print(await tidings.events.create(event))


asyncio.run(main())`}function o(e){return`'${e.replaceAll("'","'\\''")}'`}function d(e){return JSON.stringify(e)}function N(e){const t=e.event_payload,n={attributes:t?.key_attributes,payload:u(t?.base64_encoded_payload_json),fault:u(t?.base64_encoded_fault_json)};return Object.fromEntries(Object.entries(n).filter(([,r])=>r!==void 0))}function u(e){if(e)try{const t=Uint8Array.from(atob(e),r=>r.charCodeAt(0)),n=new TextDecoder().decode(t);return P(n)}catch{return e}}function P(e){try{return JSON.parse(e)}catch{return e}}function I(){const{id:e=""}=m(),t=j({queryKey:["event",e],queryFn:({signal:n})=>p(f.GET("/api/v1/events/{id}",{params:{path:{id:e}},signal:n}))});return s.jsxs(v,{title:"Event",about:s.jsx("code",{children:e}),deeds:t.data&&s.jsx(w,{event:t.data}),children:[s.jsx(b,{of:t,children:n=>s.jsx(D,{event:n})}),s.jsx($,{id:e}),s.jsx(C,{id:e})]})}function w({event:e}){const t=()=>p(f.POST("/api/v1/events",{body:a(e)}));return s.jsx(_,{label:"Send again as a new event",run:t,said:n=>`Stored as ${n.id}.`,changes:["events"]})}function D({event:e}){const t=g().tenant?.tenant??"",{origin:n,hostname:r}=window.location;return s.jsx(x,{title:"Body",deeds:s.jsxs(s.Fragment,{children:[s.jsx(c,{label:"Copy as curl",text:O(e,n,t)}),s.jsx(c,{label:"Copy as grpcurl",text:T(e,r,t)}),s.jsx(c,{label:"Copy as Python",text:S(e,r,t)})]}),children:s.jsxs("div",{className:"stack",children:[s.jsx(h,{of:{Entity:`${e.entity_name??""} ${e.entity_id??""}`,Type:e.event_type,Source:e.event_source,Operation:e.event_payload?.operation}}),s.jsx(E,{value:N(e),label:"Body of the event"})]})})}export{I as default};
