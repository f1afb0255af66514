"""What each RPC asks of its caller: the one table, proven complete by a contract test.

A grant is a scope of an access token. PUBLIC needs no credentials; ANY_CALLER only good ones, because the RPC asks for
the grant itself (`metadata.require`) once it knows what is wanted.
"""

PUBLIC = "public"
ANY_CALLER = "any caller"

EVENTS_READ = "events:read"
EVENTS_WRITE = "events:write"
SUBSCRIPTIONS_READ = "subscriptions:read"
SUBSCRIPTIONS_WRITE = "subscriptions:write"
RULES_READ = "rules:read"
RULES_WRITE = "rules:write"
ADMIN = "admin"

GRANTS: dict[str, str] = {
    "/tidings.collector.v1.EventService/CreateEvent": EVENTS_WRITE,
    "/tidings.collector.v1.EventService/BatchCreateEvents": EVENTS_WRITE,
    "/tidings.collector.v1.EventService/GetEvent": EVENTS_READ,
    "/tidings.collector.v1.EventService/SearchEvents": EVENTS_READ,
    "/tidings.collector.v1.EventService/WatchEvents": EVENTS_READ,
    "/tidings.collector.v1.EventService/StreamEvents": EVENTS_READ,
    "/tidings.collector.v1.EventSubscriptionService/CreateEventSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.collector.v1.EventSubscriptionService/UpdateEventSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.collector.v1.EventSubscriptionService/ListEventSubscriptions": SUBSCRIPTIONS_READ,
    "/tidings.collector.v1.EventSubscriptionService/GetEventSubscription": SUBSCRIPTIONS_READ,
    "/tidings.collector.v1.EventSubscriptionService/DeactivateEventSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.collector.v1.EventSubscriptionService/TestEventSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.collector.v1.DeliveryService/ListEventDeliveries": SUBSCRIPTIONS_READ,
    "/tidings.collector.v1.DeliveryService/RedeliverDelivery": SUBSCRIPTIONS_WRITE,
    "/tidings.collector.v1.DeliveryService/RedeliverFailed": SUBSCRIPTIONS_WRITE,
    "/tidings.collector.v1.DeliveryService/ReplaySubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.orchestration.v1.EventService/GetEvent": EVENTS_READ,
    "/tidings.orchestration.v1.EventService/SearchEvents": EVENTS_READ,
    "/tidings.orchestration.v1.EventService/CreateAsyncEvent": EVENTS_WRITE,
    "/tidings.orchestration.v1.EventService/CreateSyncEvent": EVENTS_WRITE,
    "/tidings.orchestration.v1.EventService/TraceEvent": EVENTS_READ,
    "/tidings.orchestration.v1.EntityService/GetEntity": EVENTS_READ,
    "/tidings.orchestration.v1.EntityService/ListEntities": EVENTS_READ,
    "/tidings.orchestration.v1.WorkflowService/PutWorkflow": RULES_WRITE,
    "/tidings.orchestration.v1.WorkflowService/GetWorkflow": RULES_READ,
    "/tidings.orchestration.v1.WorkflowService/ListWorkflows": RULES_READ,
    "/tidings.orchestration.v1.WorkflowService/ListWorkflowVersions": RULES_READ,
    "/tidings.orchestration.v1.WorkflowService/ActivateWorkflowVersion": RULES_WRITE,
    "/tidings.orchestration.v1.WorkflowService/ValidateWorkflow": RULES_READ,
    "/tidings.orchestration.v1.WorkflowService/SimulateWorkflow": RULES_READ,
    "/tidings.push.v1.SubscriptionService/ListSubscriptions": SUBSCRIPTIONS_READ,
    "/tidings.push.v1.SubscriptionService/CreateSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.push.v1.SubscriptionService/GetSubscription": SUBSCRIPTIONS_READ,
    "/tidings.push.v1.SubscriptionService/UpdateSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.push.v1.SubscriptionService/DeleteSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.push.v1.SubscriptionService/ConfirmSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.push.v1.SubscriptionService/ReactivateSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.push.v1.SubscriptionService/TestSubscription": SUBSCRIPTIONS_WRITE,
    "/tidings.push.v1.SelectionService/SelectFields": ANY_CALLER,  # that of the read at its path
    "/tidings.push.v1.DeliveryAttemptService/ListDeliveryAttempts": SUBSCRIPTIONS_READ,
    "/tidings.push.v1.DeliveryAttemptService/GetDeliveryAttempt": SUBSCRIPTIONS_READ,
    "/tidings.push.v1.EventPullService/ListEvents": EVENTS_READ,
    "/tidings.push.v1.EventPullService/GetEvent": EVENTS_READ,
    "/tidings.identity.v1.TokenService/GetJwks": PUBLIC,
    "/tidings.identity.v1.TokenService/IssueToken": PUBLIC,
    "/tidings.identity.v1.TokenService/ExchangeForm": PUBLIC,
    "/tidings.admin.v1.OperationsService/GetHealth": PUBLIC,
    "/tidings.admin.v1.OperationsService/GetVersion": PUBLIC,
    "/tidings.admin.v1.OperationsService/ListParkedEvents": ADMIN,
    "/tidings.admin.v1.OperationsService/RetryParkedEvent": ADMIN,
    "/tidings.admin.v1.TenantService/CreateTenant": ADMIN,
    "/tidings.admin.v1.TenantService/ListTenants": ADMIN,
    "/tidings.admin.v1.TenantService/GetTenant": ADMIN,
    "/tidings.admin.v1.TenantService/CreateClient": ADMIN,
    "/tidings.admin.v1.AuditService/ListAuditRecords": ADMIN,
    "/tidings.admin.v1.CredentialService/CreateKey": ADMIN,
    "/tidings.admin.v1.CredentialService/CreateUser": ADMIN,
    "/tidings.admin.v1.CredentialService/CreateOperator": ADMIN,
    "/tidings.admin.v1.CredentialService/ListCredentials": ADMIN,
    "/tidings.admin.v1.CredentialService/GetCredential": ADMIN,
    "/tidings.admin.v1.CredentialService/RotateCredential": ADMIN,
    "/tidings.admin.v1.CredentialService/RevokeCredential": ADMIN,
    "/tidings.admin.v1.IssuerService/CreateIssuer": ADMIN,
    "/tidings.admin.v1.IssuerService/ListIssuers": ADMIN,
    "/tidings.admin.v1.IssuerService/DeleteIssuer": ADMIN,
    "/tidings.admin.v1.PersonService/ExportPerson": ADMIN,
    "/tidings.admin.v1.PersonService/ErasePerson": ADMIN,
    "/tidings.admin.v1.PersonService/GetErasure": ADMIN,
    "/tidings.admin.v1.RetailerService/CreateRetailer": ADMIN,
    "/tidings.admin.v1.RetailerService/ListRetailers": ADMIN,
    "/tidings.admin.v1.RetailerService/DeleteRetailer": ADMIN,
    "/tidings.admin.v1.ServerKeyService/ListSigningKeys": ADMIN,
    "/tidings.admin.v1.ServerKeyService/RotateSigningKey": ADMIN,
    "/tidings.admin.v1.ServerKeyService/RevokeSigningKey": ADMIN,
    "/tidings.admin.v1.ServerKeyService/ListDataKeys": ADMIN,
    "/tidings.admin.v1.ServerKeyService/RotateDataKey": ADMIN,
    "/tidings.admin.v1.ServerKeyService/RotateMasterKey": ADMIN,
    "/tidings.admin.v1.StoreService/CreateStore": ADMIN,
    "/tidings.admin.v1.StoreService/ListStores": ADMIN,
    "/tidings.admin.v1.StoreService/DeleteStore": ADMIN,
    "/tidings.admin.v1.TenantService/SuspendTenant": ADMIN,
    "/tidings.admin.v1.TenantService/ResumeTenant": ADMIN,
    "/tidings.admin.v1.TenantService/DeleteTenant": ADMIN,
    "/tidings.admin.v1.TenantService/GetQuotas": ADMIN,
    "/tidings.admin.v1.TenantService/UpdateQuotas": ADMIN,
}
