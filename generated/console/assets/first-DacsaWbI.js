const t=`curl -s ${window.location.origin}/api/v1/events -H "$AUTH" -H "$TENANT" -H "Content-Type: application/json" -d '{
  "event_type": "ENTITY_EVENT", "event_source": "APPLICATION", "entity_name": "ORDER", "entity_id": "1",
  "event_payload": {"operation": "CREATE", "key_attributes": {"total": "49.90"}}}'`;export{t as F};
