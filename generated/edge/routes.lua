-- Generated from the contract by proto/gen.py: do not edit.
return {
  ["messages"] = {
    ["tidings.admin.v1.CreateClientRequest"] = {
      ["grants"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailerId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailer_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateIssuerRequest"] = {
      ["audience"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["grants"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["issuer"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["jwksUrl"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["jwks_url"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailerClaim"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailer_claim"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateKeyRequest"] = {
      ["expiresAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["expires_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["grants"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["storeId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["store_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateOperatorRequest"] = {
      ["expiresAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["expires_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreatePortalLinkRequest"] = {
      ["application"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["expiresIn"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["expires_in"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["frameOrigin"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["frame_origin"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["readOnly"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["read_only"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateRetailerRequest"] = {
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateStoreRequest"] = {
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateTenantRequest"] = {
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.CreateUserRequest"] = {
      ["expiresAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["expires_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["grants"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["password"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailerId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailer_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["storeId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["store_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["username"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.Person"] = {
      ["contacts"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["customerIds"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["customer_ids"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.Quotas"] = {
      ["eventsPerSecond"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["events_per_second"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["storageBytes"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number",
      },
      ["storage_bytes"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number",
      },
      ["subscriptions"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["used"] = {
        ["kind"] = "object",
        ["message"] = "tidings.admin.v1.Usage",
        ["rule"] = "must be an object",
      },
    },
    ["tidings.admin.v1.RotateCredentialRequest"] = {
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["overlap"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["password"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.admin.v1.Usage"] = {
      ["events"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number",
      },
      ["storageBytes"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number",
      },
      ["storage_bytes"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number",
      },
      ["subscriptions"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.collector.v1.BatchCreateEventsRequest"] = {
      ["events"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.collector.v1.Event",
        ["rule"] = "must be an object",
      },
    },
    ["tidings.collector.v1.CheckConditionRequest"] = {
      ["condition"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.CreateRecoveryRequest"] = {
      ["errorType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["error_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["httpStatus"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["http_status"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["since"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subscriptionId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subscription_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["until"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.Destination"] = {
      ["sns"] = {
        ["kind"] = "object",
        ["message"] = "tidings.collector.v1.SnsDestination",
        ["rule"] = "must be an object",
      },
      ["sqs"] = {
        ["kind"] = "object",
        ["message"] = "tidings.collector.v1.SqsDestination",
        ["rule"] = "must be an object",
      },
      ["type"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of SQS, SNS",
      },
    },
    ["tidings.collector.v1.Event"] = {
      ["entity_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["event_payload"] = {
        ["kind"] = "object",
        ["message"] = "tidings.collector.v1.EventPayload",
        ["rule"] = "must be an object",
      },
      ["event_source"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of SYSTEM, CONNECTOR, APPLICATION, SERVERLESS",
      },
      ["event_type"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of ENTITY_EVENT, SYSTEM_EVENT, FAULT, WARNING, ORDER, ORDER_ENTRY, CUSTOMER, ADDRESS, PRODUCT, VARIANT_PRODUCT, INVENTORY_LEVEL, INVENTORY_LOCATION, INVENTORY_ITEM, STORE, MERCHANT, WISHLIST, WISHLIST_ITEM, OTHER, EVENT",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.EventPayload"] = {
      ["base64_encoded_fault_json"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["base64_encoded_payload_json"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["key_attributes"] = {
        ["kind"] = "object",
        ["rule"] = "must be an object",
        ["value"] = {
          ["kind"] = "text",
          ["rule"] = "must be a text",
        },
      },
      ["operation"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of BULK_UPDATE, BULK_CREATE, CREATE, READ, DELETE, UPDATE",
      },
    },
    ["tidings.collector.v1.EventSubscription"] = {
      ["active"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["condition"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["destination"] = {
        ["kind"] = "object",
        ["message"] = "tidings.collector.v1.Destination",
        ["rule"] = "must be an object",
      },
      ["entityType"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
      },
      ["entity_type"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
      },
      ["failingSince"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["failing_since"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["inactiveReason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["inactive_reason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["lastConditionError"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["last_condition_error"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["maxConcurrency"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["maxPerSecond"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["max_concurrency"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["max_per_second"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["ordered"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["orderedMaxWait"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["ordered_max_wait"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["pauseReason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["pause_reason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["pausedUntil"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["paused_until"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["startFrom"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["start_from"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subscribeChange"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["subscribeCreate"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["subscribeDelete"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["subscribe_change"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["subscribe_create"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["subscribe_delete"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
    },
    ["tidings.collector.v1.Job"] = {
      ["catch_up"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of NONE, LATEST, ALL",
      },
      ["catch_up_window"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["deleted"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["is_active"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["is_scheduled"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["jitter"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["job_parameters"] = {
        ["kind"] = "object",
        ["message"] = "tidings.collector.v1.JobParameters",
        ["rule"] = "must be an object",
      },
      ["notification"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of REMINDER, PRICE_DROP, LOW_STOCK, BACK_IN_STOCK",
      },
      ["number_of_items_in_email"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["overlap"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of SKIP, QUEUE",
      },
      ["schedule"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["scheduleExpression"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["schedule_expression"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["template_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["time_zone"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.JobParameters"] = {
      ["campaign_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["utm_medium"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.RedeliverFailedRequest"] = {
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["since"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.ReplaySubscriptionRequest"] = {
      ["from"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["to"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.RotateEventSubscriptionKeysRequest"] = {
      ["accessKey"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["accessSecret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["access_key"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["access_secret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.SnsDestination"] = {
      ["accessKey"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["accessSecret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["access_key"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["access_secret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["region"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["topicArn"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["topic_arn"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.collector.v1.SqsDestination"] = {
      ["accessKey"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["accessSecret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["access_key"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["access_secret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["queueUrl"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["queue_url"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["region"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.identity.v1.ExchangePortalTokenRequest"] = {
      ["token"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Action"] = {
      ["amount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["count"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.loyalty.v1.Address"] = {
      ["city"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["country"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["countryCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["country_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["phoneNumber"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["phone_number"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["postalCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["postal_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["state"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["stateCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["state_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["street1"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["street2"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.AttributeChange"] = {
      ["key"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["value"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.BacktestRange"] = {
      ["examples"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["from"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["to"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Basket"] = {
      ["basketId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["basketItems"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.BasketItem",
        ["rule"] = "must be an object",
      },
      ["basketTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["basket_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["basket_items"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.BasketItem",
        ["rule"] = "must be an object",
      },
      ["basket_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["billingAddress"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["billing_address"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["currencyCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["currency_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["customerInfo"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.CustomerInfo",
        ["rule"] = "must be an object",
      },
      ["customer_info"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.CustomerInfo",
        ["rule"] = "must be an object",
      },
      ["rewardsEligibleTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["rewards_eligible_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["shippingAddress"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["shippingTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["shipping_address"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["shipping_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["surcharges"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Surcharge",
        ["rule"] = "must be an object",
      },
      ["taxTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["tax_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
    },
    ["tidings.loyalty.v1.BasketItem"] = {
      ["attributes"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.KeyValue",
        ["rule"] = "must be an object",
      },
      ["basketItemId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["basketItemParts"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.BasketItemPart",
        ["rule"] = "must be an object",
      },
      ["basket_item_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["basket_item_parts"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.BasketItemPart",
        ["rule"] = "must be an object",
      },
      ["itemPrice"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["item_price"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["keyValues"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.KeyValue",
        ["rule"] = "must be an object",
      },
      ["key_values"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.KeyValue",
        ["rule"] = "must be an object",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["orderLineId"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["order_line_id"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["productId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["product_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["quantity"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["sku"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tags"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["totalPrice"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["total_price"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["vendor"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.BasketItemPart"] = {
      ["basketItemPartId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["basket_item_part_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["itemPrice"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["item_price"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["keyValues"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.KeyValue",
        ["rule"] = "must be an object",
      },
      ["key_values"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.KeyValue",
        ["rule"] = "must be an object",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["productId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["product_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["quantity"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["sku"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tags"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["totalPrice"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["total_price"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["vendor"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.CustomerChange"] = {
      ["acceptTerms"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["accept_terms"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["attributes"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.AttributeChange",
        ["rule"] = "must be an object",
      },
      ["contactPhone"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["contact_phone"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["dateOfBirth"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["date_of_birth"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["displayName"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["display_name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["emailAddress"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["email_address"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["externalReference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["externalStatus"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["external_reference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["external_status"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["firstName"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["first_name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["isAccountLocked"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["is_account_locked"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["lastName"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["last_name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["mobileNumber"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["mobile_number"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["optinEmail"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["optinSms"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["optin_email"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["optin_sms"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
    },
    ["tidings.loyalty.v1.CustomerInfo"] = {
      ["externalReference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["external_reference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Economy"] = {
      ["base"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of TOTAL, REWARDS_ELIGIBLE_TOTAL",
      },
      ["changedAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["changed_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createdAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["currencyCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["currency_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["economyId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["economy_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effectiveFrom"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effectiveTo"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effective_from"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effective_to"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["expiry"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Expiry",
        ["rule"] = "must be an object",
      },
      ["levels"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Level",
        ["rule"] = "must be an object",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["pointsPerUnit"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["points_per_unit"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["startAfterDays"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["start_after_days"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["status"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
      },
    },
    ["tidings.loyalty.v1.Email"] = {
      ["html"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subject"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["templateId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["template_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["text"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Expiry"] = {
      ["age"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["inactivity"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Fulfilment"] = {
      ["amount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["base"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of TOTAL, REWARDS_ELIGIBLE_TOTAL",
      },
      ["code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["email"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Email",
        ["rule"] = "must be an object",
      },
      ["expiry"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["percent"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["points"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["products"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.ProductSelector",
        ["rule"] = "must be an object",
      },
      ["segment"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["topic"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["type"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of POINTS_FLAT, POINTS_PER_UNIT, ADD_TO_SEGMENT, REMOVE_FROM_SEGMENT, SEND_EMAIL, CALL_WEBHOOK, EMIT_TOPIC, VOUCHER, BASKET_DISCOUNT_PERCENT, BASKET_DISCOUNT_AMOUNT, DELIVERY_DISCOUNT_PERCENT, DELIVERY_DISCOUNT_AMOUNT, PRODUCT_DISCOUNT_PERCENT, PRODUCT_DISCOUNT_AMOUNT",
      },
      ["webhook"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Webhook",
        ["rule"] = "must be an object",
      },
    },
    ["tidings.loyalty.v1.KeyValue"] = {
      ["key"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["value"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Level"] = {
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["pointsPerUnit"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["points_per_unit"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["spend"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
    },
    ["tidings.loyalty.v1.NameSpace"] = {
      ["beginsWith"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["begins_with"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["equals"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.NewEvent"] = {
      ["action"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Action",
        ["rule"] = "must be an object",
      },
      ["attributes"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.KeyValue",
        ["rule"] = "must be an object",
      },
      ["basket"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Basket",
        ["rule"] = "must be an object",
      },
      ["campaign"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createdAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["customerId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["customer_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["description"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["eventId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["event_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["nameSpace"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name_space"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["order"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Order",
        ["rule"] = "must be an object",
      },
      ["redemption"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Redemption",
        ["rule"] = "must be an object",
      },
      ["reference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenantId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tenant_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["transaction"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Transaction",
        ["rule"] = "must be an object",
      },
      ["updatedAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updated_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Order"] = {
      ["billingAddress"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["billing_address"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["currencyCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["currency_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["financialStatus"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["financial_status"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["orderId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["orderItems"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.OrderItem",
        ["rule"] = "must be an object",
      },
      ["orderStatus"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["order_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["order_items"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.OrderItem",
        ["rule"] = "must be an object",
      },
      ["order_status"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["paymentDetail"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.PaymentDetail",
        ["rule"] = "must be an object",
      },
      ["payment_detail"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.PaymentDetail",
        ["rule"] = "must be an object",
      },
      ["redemptionDetail"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.RedemptionDetail",
        ["rule"] = "must be an object",
      },
      ["redemption_detail"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.RedemptionDetail",
        ["rule"] = "must be an object",
      },
      ["refundedTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["refunded_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["rewardsEligibleTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["rewards_eligible_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["shippingAddress"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["shippingTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["shipping_address"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Address",
        ["rule"] = "must be an object",
      },
      ["shipping_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["taxTotal"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["tax_total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
    },
    ["tidings.loyalty.v1.OrderItem"] = {
      ["itemPrice"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["item_price"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["orderLineId"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["order_line_id"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["productId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["product_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["quantity"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["sku"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["vendor"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.PaymentDetail"] = {
      ["bank"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["bin"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["paymentAmount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["payment_amount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["scheme"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["segmentation"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.ProductSelector"] = {
      ["productIds"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["product_ids"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["skus"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["tags"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["vendors"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Redemption"] = {
      ["externalReference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["external_reference"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["hold"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["quantity"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.loyalty.v1.RedemptionDetail"] = {
      ["pointsAmount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["points_amount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
    },
    ["tidings.loyalty.v1.Rule"] = {
      ["assesses"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of ACTION, ORDER, TRANSACTION, SPEND, BASKET",
      },
      ["changedAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["changed_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["condition"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createdAt"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_at"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["description"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effectiveFrom"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effectiveTo"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effective_from"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["effective_to"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["fulfilments"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.Fulfilment",
        ["rule"] = "must be an object",
      },
      ["lastConditionError"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["last_condition_error"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["nameSpace"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.NameSpace",
        ["rule"] = "must be an object",
      },
      ["name_space"] = {
        ["kind"] = "object",
        ["message"] = "tidings.loyalty.v1.NameSpace",
        ["rule"] = "must be an object",
      },
      ["ruleId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["rule_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["status"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
      },
    },
    ["tidings.loyalty.v1.Surcharge"] = {
      ["amount"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.loyalty.v1.Transaction"] = {
      ["currencyCode"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["currency_code"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["source"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["total"] = {
        ["kind"] = "number",
        ["rule"] = "must be a number",
      },
    },
    ["tidings.loyalty.v1.Webhook"] = {
      ["url"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.orchestration.v1.Attribute"] = {
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["value"] = {
        ["kind"] = "any",
        ["rule"] = "",
      },
    },
    ["tidings.orchestration.v1.Entity"] = {
      ["attributes"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.Attribute",
        ["rule"] = "must be an object",
      },
      ["createdOn"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_on"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["ref"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailerId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailer_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["root"] = {
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.EntityRoot",
        ["rule"] = "must be an object",
      },
      ["status"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subtype"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updatedOn"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updated_on"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.orchestration.v1.EntityRoot"] = {
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["ref"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.orchestration.v1.NewEvent"] = {
      ["attributes"] = {
        ["kind"] = "any",
        ["rule"] = "",
      },
      ["entityId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entityRef"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entitySubtype"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entityType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_ref"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_subtype"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailerId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["retailer_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["rootEntityId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["rootEntityRef"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["rootEntityType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["root_entity_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["root_entity_ref"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["root_entity_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.orchestration.v1.RuleCall"] = {
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["props"] = {
        ["kind"] = "object",
        ["rule"] = "must be an object",
      },
      ["when"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.orchestration.v1.Ruleset"] = {
      ["description"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["rules"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.RuleCall",
        ["rule"] = "must be an object",
      },
      ["subtype"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["triggers"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.Trigger",
        ["rule"] = "must be an object",
      },
      ["type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["userActions"] = {
        ["is_list"] = true,
        ["kind"] = "any",
        ["rule"] = "",
      },
      ["user_actions"] = {
        ["is_list"] = true,
        ["kind"] = "any",
        ["rule"] = "",
      },
    },
    ["tidings.orchestration.v1.Simulation"] = {
      ["entity"] = {
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.Entity",
        ["rule"] = "must be an object",
      },
      ["event"] = {
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.NewEvent",
        ["rule"] = "must be an object",
      },
      ["version"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.orchestration.v1.Trigger"] = {
      ["status"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.orchestration.v1.Workflow"] = {
      ["createdBy"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createdOn"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_by"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_on"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["description"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entitySubtype"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entityType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_subtype"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["isActive"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["is_active"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["rulesets"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.Ruleset",
        ["rule"] = "must be an object",
      },
      ["statuses"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.orchestration.v1.WorkflowStatus",
        ["rule"] = "must be an object",
      },
      ["version"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.orchestration.v1.WorkflowStatus"] = {
      ["category"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entityType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["entity_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.push.v1.AuditInfo"] = {
      ["createBy"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createDate"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["create_by"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["create_date"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updateBy"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updateDate"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["update_by"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["update_date"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.push.v1.CreateAuthTicketRequest"] = {
      ["client_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["client_secret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["grant_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["refresh_token"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.push.v1.SubscribingSite"] = {
      ["auditInfo"] = {
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.AuditInfo",
        ["rule"] = "must be an object",
      },
      ["audit_info"] = {
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.AuditInfo",
        ["rule"] = "must be an object",
      },
      ["isActive"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["is_active"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["siteId"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["site_id"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.push.v1.SubscribingTenant"] = {
      ["auditInfo"] = {
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.AuditInfo",
        ["rule"] = "must be an object",
      },
      ["audit_info"] = {
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.AuditInfo",
        ["rule"] = "must be an object",
      },
      ["isActive"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["is_active"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["subscribingContextLevelType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subscribingSites"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.SubscribingSite",
        ["rule"] = "must be an object",
      },
      ["subscribing_context_level_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subscribing_sites"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.SubscribingSite",
        ["rule"] = "must be an object",
      },
      ["tenantId"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["tenant_id"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
    },
    ["tidings.push.v1.Subscription"] = {
      ["apiVersion"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["api_version"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["appId"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["app_id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["condition"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["confirmationError"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["confirmation_error"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["confirmed"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["contentType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["content_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createBy"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["createDate"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["create_by"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["create_date"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["endpoint"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["failingSince"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["failing_since"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["inactiveReason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["inactive_reason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["isActive"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["is_active"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["lastConditionError"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["last_condition_error"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["maxConcurrency"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["maxPerSecond"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["max_concurrency"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["max_per_second"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["nextPingDate"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["next_ping_date"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["noCallback"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["no_callback"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["notificationDeliveryType"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["notification_delivery_type"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["ordered"] = {
        ["kind"] = "truth",
        ["rule"] = "must be true or false",
      },
      ["orderedMaxWait"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["ordered_max_wait"] = {
        ["kind"] = "text",
        ["rule"] = "must be seconds as a text, such as 30s",
      },
      ["pauseReason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["pause_reason"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["pausedUntil"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["paused_until"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["sharedSecret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["shared_secret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["signingSecret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["signing_secret"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["startFrom"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["start_from"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["subscribingTenants"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.SubscribingTenant",
        ["rule"] = "must be an object",
      },
      ["subscribing_tenants"] = {
        ["is_list"] = true,
        ["kind"] = "object",
        ["message"] = "tidings.push.v1.SubscribingTenant",
        ["rule"] = "must be an object",
      },
      ["topics"] = {
        ["is_list"] = true,
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updateBy"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["updateDate"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["update_by"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["update_date"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
    ["tidings.scheduling.v1.ScheduledEvent"] = {
      ["action"] = {
        ["kind"] = "object",
        ["rule"] = "must be an object",
      },
      ["actionType"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of SEND_EMAIL, BEST_BEFORE_EMAIL, UNDELIVERED_ORDER_EMAIL",
      },
      ["action_type"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of SEND_EMAIL, BEST_BEFORE_EMAIL, UNDELIVERED_ORDER_EMAIL",
      },
      ["createdBy"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["createdName"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["created_by"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["created_name"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["id"] = {
        ["kind"] = "number",
        ["rule"] = "must be a whole number of 32 bits",
      },
      ["trigger"] = {
        ["kind"] = "object",
        ["rule"] = "must be an object",
      },
      ["triggerType"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of TIME, EVENT",
      },
      ["trigger_type"] = {
        ["kind"] = "enum",
        ["rule"] = "must be one of TIME, EVENT",
      },
    },
    ["tidings.scheduling.v1.UserCredentials"] = {
      ["password"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
      ["username"] = {
        ["kind"] = "text",
        ["rule"] = "must be a text",
      },
    },
  },
  ["routes"] = {
    ["dialect"] = "operator",
    ["segments"] = {
      [".well-known"] = {
        ["dialect"] = "tokens",
        ["segments"] = {
          ["jwks.json"] = {
            ["dialect"] = "tokens",
            ["methods"] = {
              ["GET"] = {
                ["lenient"] = true,
                ["resource"] = "GetJwksRequest",
              },
            },
          },
        },
      },
      ["admin"] = {
        ["dialect"] = "operator",
        ["segments"] = {
          ["v1"] = {
            ["dialect"] = "operator",
            ["segments"] = {
              ["audit"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["from"] = "from",
                      ["from_time"] = "from",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["resource"] = "resource",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                      ["to"] = "to",
                      ["to_time"] = "to",
                    },
                    ["resource"] = "ListAuditRecordsRequest",
                    ["spelling"] = {
                      ["from_time"] = "from",
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                      ["to_time"] = "to",
                    },
                    ["strict"] = true,
                  },
                },
              },
              ["clients"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["revoked"] = "revoked",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListCredentialsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateClientRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateClientRequest",
                    ["rpc"] = "/tidings.admin.v1.TenantService/CreateClient",
                    ["spelling"] = {
                      ["retailer_id"] = "retailerId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
              },
              ["credentials"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["family"] = "family",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["revoked"] = "revoked",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListCredentialsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetCredentialRequest",
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["revoke"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RevokeCredentialRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["rotate"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["claimed"] = {
                            ["id"] = true,
                          },
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.admin.v1.RotateCredentialRequest",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "RotateCredentialRequest",
                          ["rpc"] = "/tidings.admin.v1.CredentialService/RotateCredential",
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["data-keys"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["resource"] = "ListDataKeysRequest",
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["resource"] = "RotateDataKeyRequest",
                    ["strict"] = true,
                  },
                },
              },
              ["doctor"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["resource"] = "GetDiagnosisRequest",
                    ["strict"] = true,
                  },
                },
              },
              ["issuers"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListIssuersRequest",
                    ["spelling"] = {
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateIssuerRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateIssuerRequest",
                    ["rpc"] = "/tidings.admin.v1.IssuerService/CreateIssuer",
                    ["spelling"] = {
                      ["jwks_url"] = "jwksUrl",
                      ["retailer_claim"] = "retailerClaim",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteIssuerRequest",
                      ["strict"] = true,
                    },
                  },
                },
              },
              ["keys"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["revoked"] = "revoked",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListCredentialsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateKeyRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateKeyRequest",
                    ["rpc"] = "/tidings.admin.v1.CredentialService/CreateKey",
                    ["spelling"] = {
                      ["expires_at"] = "expiresAt",
                      ["store_id"] = "storeId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
              },
              ["master-key"] = {
                ["dialect"] = "operator",
                ["segments"] = {
                  ["rotate"] = {
                    ["dialect"] = "operator",
                    ["methods"] = {
                      ["POST"] = {
                        ["resource"] = "RotateMasterKeyRequest",
                        ["strict"] = true,
                      },
                    },
                  },
                },
              },
              ["operators"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["revoked"] = "revoked",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListCredentialsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateOperatorRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateOperatorRequest",
                    ["rpc"] = "/tidings.admin.v1.CredentialService/CreateOperator",
                    ["spelling"] = {
                      ["expires_at"] = "expiresAt",
                    },
                    ["strict"] = true,
                  },
                },
              },
              ["parked"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                    },
                    ["resource"] = "ListParkedEventsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["segments"] = {
                    ["retry"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RetryParkedEventRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["portals"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["revoked"] = "revoked",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListCredentialsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
              },
              ["retailers"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListRetailersRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateRetailerRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateRetailerRequest",
                    ["rpc"] = "/tidings.admin.v1.RetailerService/CreateRetailer",
                    ["spelling"] = {
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
              },
              ["signing-keys"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["resource"] = "ListSigningKeysRequest",
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["resource"] = "RotateSigningKeyRequest",
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "RevokeSigningKeyRequest",
                      ["strict"] = true,
                    },
                  },
                },
              },
              ["state"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["resource"] = "GetServerStateRequest",
                    ["strict"] = true,
                  },
                },
              },
              ["stores"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListStoresRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateStoreRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateStoreRequest",
                    ["rpc"] = "/tidings.admin.v1.StoreService/CreateStore",
                    ["spelling"] = {
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteStoreRequest",
                      ["strict"] = true,
                    },
                  },
                },
              },
              ["tenants"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                    },
                    ["resource"] = "ListTenantsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateTenantRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateTenantRequest",
                    ["rpc"] = "/tidings.admin.v1.TenantService/CreateTenant",
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteTenantRequest",
                      ["strict"] = true,
                    },
                    ["GET"] = {
                      ["resource"] = "GetTenantRequest",
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["erasures"] = {
                      ["dialect"] = "operator",
                      ["variable"] = {
                        ["dialect"] = "operator",
                        ["methods"] = {
                          ["GET"] = {
                            ["resource"] = "GetErasureRequest",
                            ["spelling"] = {
                              ["tenant_id"] = "tenantId",
                            },
                            ["strict"] = true,
                          },
                        },
                      },
                    },
                    ["persons"] = {
                      ["dialect"] = "operator",
                      ["segments"] = {
                        ["erase"] = {
                          ["dialect"] = "operator",
                          ["methods"] = {
                            ["POST"] = {
                              ["body"] = "json",
                              ["message"] = {
                                ["kind"] = "object",
                                ["message"] = "tidings.admin.v1.Person",
                                ["rule"] = "must be an object",
                              },
                              ["resource"] = "person",
                              ["rpc"] = "/tidings.admin.v1.PersonService/ErasePerson",
                              ["spelling"] = {
                                ["customer_ids"] = "customerIds",
                                ["tenant_id"] = "tenantId",
                              },
                              ["strict"] = true,
                            },
                          },
                        },
                        ["export"] = {
                          ["dialect"] = "operator",
                          ["methods"] = {
                            ["POST"] = {
                              ["body"] = "json",
                              ["is_stream"] = true,
                              ["message"] = {
                                ["kind"] = "object",
                                ["message"] = "tidings.admin.v1.Person",
                                ["rule"] = "must be an object",
                              },
                              ["resource"] = "person",
                              ["rpc"] = "/tidings.admin.v1.PersonService/ExportPerson",
                              ["spelling"] = {
                                ["customer_ids"] = "customerIds",
                                ["tenant_id"] = "tenantId",
                              },
                              ["strict"] = true,
                            },
                          },
                        },
                      },
                    },
                    ["portal"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["claimed"] = {
                            ["tenantId"] = true,
                            ["tenant_id"] = true,
                          },
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.admin.v1.CreatePortalLinkRequest",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "CreatePortalLinkRequest",
                          ["rpc"] = "/tidings.admin.v1.PortalLinkService/CreatePortalLink",
                          ["spelling"] = {
                            ["expires_in"] = "expiresIn",
                            ["frame_origin"] = "frameOrigin",
                            ["read_only"] = "readOnly",
                            ["tenant_id"] = "tenantId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["quotas"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["GET"] = {
                          ["resource"] = "GetQuotasRequest",
                          ["strict"] = true,
                        },
                        ["PUT"] = {
                          ["body"] = "json",
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.admin.v1.Quotas",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "quotas",
                          ["rpc"] = "/tidings.admin.v1.TenantService/UpdateQuotas",
                          ["spelling"] = {
                            ["events_per_second"] = "eventsPerSecond",
                            ["storage_bytes"] = "storageBytes",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["resume"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ResumeTenantRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["retailers"] = {
                      ["dialect"] = "operator",
                      ["variable"] = {
                        ["dialect"] = "operator",
                        ["methods"] = {
                          ["DELETE"] = {
                            ["resource"] = "DeleteRetailerRequest",
                            ["spelling"] = {
                              ["tenant_id"] = "tenantId",
                            },
                            ["strict"] = true,
                          },
                        },
                      },
                    },
                    ["suspend"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "SuspendTenantRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["users"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["revoked"] = "revoked",
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListCredentialsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.admin.v1.CreateUserRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateUserRequest",
                    ["rpc"] = "/tidings.admin.v1.CredentialService/CreateUser",
                    ["spelling"] = {
                      ["expires_at"] = "expiresAt",
                      ["retailer_id"] = "retailerId",
                      ["store_id"] = "storeId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["strict"] = true,
                  },
                },
              },
            },
          },
        },
      },
      ["api"] = {
        ["segments"] = {
          ["event"] = {
            ["dialect"] = "push",
            ["segments"] = {
              ["pull"] = {
                ["dialect"] = "push",
                ["methods"] = {
                  ["GET"] = {
                    ["any_case"] = true,
                    ["query"] = {
                      ["filter"] = "filter",
                      ["page_size"] = "pageSize",
                      ["pagesize"] = "pageSize",
                      ["response_fields"] = "responseFields",
                      ["responsefields"] = "responseFields",
                      ["sort_by"] = "sortBy",
                      ["sortby"] = "sortBy",
                      ["start_index"] = "startIndex",
                      ["startindex"] = "startIndex",
                    },
                    ["resource"] = "ListEventsRequest",
                    ["selects"] = true,
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["response_fields"] = "responseFields",
                      ["sort_by"] = "sortBy",
                      ["start_index"] = "startIndex",
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "push",
                  ["methods"] = {
                    ["GET"] = {
                      ["any_case"] = true,
                      ["query"] = {
                        ["response_fields"] = "responseFields",
                        ["responsefields"] = "responseFields",
                      },
                      ["resource"] = "GetEventRequest",
                      ["selects"] = true,
                      ["spelling"] = {
                        ["event_id"] = "eventId",
                        ["response_fields"] = "responseFields",
                      },
                    },
                  },
                },
              },
              ["push"] = {
                ["dialect"] = "push",
                ["segments"] = {
                  ["subscriptions"] = {
                    ["dialect"] = "push",
                    ["methods"] = {
                      ["GET"] = {
                        ["any_case"] = true,
                        ["query"] = {
                          ["filter"] = "filter",
                          ["page_size"] = "pageSize",
                          ["pagesize"] = "pageSize",
                          ["response_fields"] = "responseFields",
                          ["response_groups"] = "responseGroups",
                          ["responsefields"] = "responseFields",
                          ["responsegroups"] = "responseGroups",
                          ["sort_by"] = "sortBy",
                          ["sortby"] = "sortBy",
                          ["start_index"] = "startIndex",
                          ["startindex"] = "startIndex",
                        },
                        ["resource"] = "ListSubscriptionsRequest",
                        ["selects"] = true,
                        ["spelling"] = {
                          ["page_size"] = "pageSize",
                          ["response_fields"] = "responseFields",
                          ["response_groups"] = "responseGroups",
                          ["sort_by"] = "sortBy",
                          ["start_index"] = "startIndex",
                        },
                        ["strict"] = true,
                      },
                      ["POST"] = {
                        ["any_case"] = true,
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.push.v1.Subscription",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "subscription",
                        ["rpc"] = "/tidings.push.v1.SubscriptionService/CreateSubscription",
                        ["spelling"] = {
                          ["api_version"] = "apiVersion",
                          ["app_id"] = "appId",
                          ["audit_info"] = "auditInfo",
                          ["confirmation_error"] = "confirmationError",
                          ["content_type"] = "contentType",
                          ["create_by"] = "createBy",
                          ["create_date"] = "createDate",
                          ["failing_since"] = "failingSince",
                          ["inactive_reason"] = "inactiveReason",
                          ["is_active"] = "isActive",
                          ["last_condition_error"] = "lastConditionError",
                          ["max_concurrency"] = "maxConcurrency",
                          ["max_per_second"] = "maxPerSecond",
                          ["next_ping_date"] = "nextPingDate",
                          ["no_callback"] = "noCallback",
                          ["notification_delivery_type"] = "notificationDeliveryType",
                          ["ordered_max_wait"] = "orderedMaxWait",
                          ["pause_reason"] = "pauseReason",
                          ["paused_until"] = "pausedUntil",
                          ["shared_secret"] = "sharedSecret",
                          ["signing_secret"] = "signingSecret",
                          ["site_id"] = "siteId",
                          ["start_from"] = "startFrom",
                          ["subscribing_context_level_type"] = "subscribingContextLevelType",
                          ["subscribing_sites"] = "subscribingSites",
                          ["subscribing_tenants"] = "subscribingTenants",
                          ["tenant_id"] = "tenantId",
                          ["update_by"] = "updateBy",
                          ["update_date"] = "updateDate",
                        },
                        ["strict"] = true,
                      },
                    },
                    ["segments"] = {
                      ["deliveryattempts"] = {
                        ["dialect"] = "push",
                        ["methods"] = {
                          ["GET"] = {
                            ["any_case"] = true,
                            ["query"] = {
                              ["filter"] = "filter",
                              ["page_size"] = "pageSize",
                              ["pagesize"] = "pageSize",
                              ["response_fields"] = "responseFields",
                              ["responsefields"] = "responseFields",
                              ["sort_by"] = "sortBy",
                              ["sortby"] = "sortBy",
                              ["start_index"] = "startIndex",
                              ["startindex"] = "startIndex",
                              ["subscription_id"] = "subscriptionId",
                              ["subscriptionid"] = "subscriptionId",
                            },
                            ["resource"] = "ListDeliveryAttemptsRequest",
                            ["selects"] = true,
                            ["spelling"] = {
                              ["page_size"] = "pageSize",
                              ["response_fields"] = "responseFields",
                              ["sort_by"] = "sortBy",
                              ["start_index"] = "startIndex",
                              ["subscription_id"] = "subscriptionId",
                            },
                          },
                        },
                      },
                    },
                    ["variable"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["DELETE"] = {
                          ["any_case"] = true,
                          ["resource"] = "DeleteSubscriptionRequest",
                          ["strict"] = true,
                        },
                        ["GET"] = {
                          ["any_case"] = true,
                          ["query"] = {
                            ["response_fields"] = "responseFields",
                            ["responsefields"] = "responseFields",
                          },
                          ["resource"] = "GetSubscriptionRequest",
                          ["selects"] = true,
                          ["spelling"] = {
                            ["response_fields"] = "responseFields",
                          },
                          ["strict"] = true,
                        },
                        ["PUT"] = {
                          ["any_case"] = true,
                          ["body"] = "json",
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.push.v1.Subscription",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "subscription",
                          ["rpc"] = "/tidings.push.v1.SubscriptionService/UpdateSubscription",
                          ["spelling"] = {
                            ["api_version"] = "apiVersion",
                            ["app_id"] = "appId",
                            ["audit_info"] = "auditInfo",
                            ["confirmation_error"] = "confirmationError",
                            ["content_type"] = "contentType",
                            ["create_by"] = "createBy",
                            ["create_date"] = "createDate",
                            ["failing_since"] = "failingSince",
                            ["inactive_reason"] = "inactiveReason",
                            ["is_active"] = "isActive",
                            ["last_condition_error"] = "lastConditionError",
                            ["max_concurrency"] = "maxConcurrency",
                            ["max_per_second"] = "maxPerSecond",
                            ["next_ping_date"] = "nextPingDate",
                            ["no_callback"] = "noCallback",
                            ["notification_delivery_type"] = "notificationDeliveryType",
                            ["ordered_max_wait"] = "orderedMaxWait",
                            ["pause_reason"] = "pauseReason",
                            ["paused_until"] = "pausedUntil",
                            ["shared_secret"] = "sharedSecret",
                            ["signing_secret"] = "signingSecret",
                            ["site_id"] = "siteId",
                            ["start_from"] = "startFrom",
                            ["subscribing_context_level_type"] = "subscribingContextLevelType",
                            ["subscribing_sites"] = "subscribingSites",
                            ["subscribing_tenants"] = "subscribingTenants",
                            ["tenant_id"] = "tenantId",
                            ["update_by"] = "updateBy",
                            ["update_date"] = "updateDate",
                          },
                          ["strict"] = true,
                        },
                      },
                      ["segments"] = {
                        ["confirm"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["POST"] = {
                              ["any_case"] = true,
                              ["resource"] = "ConfirmSubscriptionRequest",
                              ["strict"] = true,
                            },
                          },
                        },
                        ["deliveryattempts"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["GET"] = {
                              ["any_case"] = true,
                              ["query"] = {
                                ["filter"] = "filter",
                                ["page_size"] = "pageSize",
                                ["pagesize"] = "pageSize",
                                ["response_fields"] = "responseFields",
                                ["responsefields"] = "responseFields",
                                ["sort_by"] = "sortBy",
                                ["sortby"] = "sortBy",
                                ["start_index"] = "startIndex",
                                ["startindex"] = "startIndex",
                              },
                              ["resource"] = "ListDeliveryAttemptsRequest",
                              ["selects"] = true,
                              ["spelling"] = {
                                ["page_size"] = "pageSize",
                                ["response_fields"] = "responseFields",
                                ["sort_by"] = "sortBy",
                                ["start_index"] = "startIndex",
                                ["subscription_id"] = "subscriptionId",
                              },
                            },
                          },
                          ["variable"] = {
                            ["dialect"] = "push",
                            ["methods"] = {
                              ["GET"] = {
                                ["any_case"] = true,
                                ["query"] = {
                                  ["response_fields"] = "responseFields",
                                  ["responsefields"] = "responseFields",
                                },
                                ["resource"] = "GetDeliveryAttemptRequest",
                                ["selects"] = true,
                                ["spelling"] = {
                                  ["process_id"] = "processId",
                                  ["response_fields"] = "responseFields",
                                  ["subscription_id"] = "subscriptionId",
                                },
                              },
                            },
                          },
                        },
                        ["reactivate"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["POST"] = {
                              ["any_case"] = true,
                              ["resource"] = "ReactivateSubscriptionRequest",
                              ["strict"] = true,
                            },
                          },
                        },
                        ["rotate-secret"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["POST"] = {
                              ["any_case"] = true,
                              ["resource"] = "RotateSecretRequest",
                              ["strict"] = true,
                            },
                          },
                        },
                        ["test"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["POST"] = {
                              ["any_case"] = true,
                              ["resource"] = "TestSubscriptionRequest",
                              ["strict"] = true,
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
          ["platform"] = {
            ["dialect"] = "push",
            ["segments"] = {
              ["applications"] = {
                ["dialect"] = "push",
                ["segments"] = {
                  ["authtickets"] = {
                    ["dialect"] = "push",
                    ["segments"] = {
                      ["oauth"] = {
                        ["dialect"] = "push",
                        ["methods"] = {
                          ["POST"] = {
                            ["any_case"] = true,
                            ["body"] = "json",
                            ["body_bytes"] = 65536,
                            ["message"] = {
                              ["kind"] = "object",
                              ["message"] = "tidings.push.v1.CreateAuthTicketRequest",
                              ["rule"] = "must be an object",
                            },
                            ["resource"] = "CreateAuthTicketRequest",
                            ["rpc"] = "/tidings.push.v1.AuthTicketService/CreateAuthTicket",
                          },
                        },
                        ["segments"] = {
                          ["refresh"] = {
                            ["dialect"] = "push",
                            ["methods"] = {
                              ["POST"] = {
                                ["any_case"] = true,
                                ["body"] = "json",
                                ["body_bytes"] = 65536,
                                ["message"] = {
                                  ["kind"] = "object",
                                  ["message"] = "tidings.push.v1.CreateAuthTicketRequest",
                                  ["rule"] = "must be an object",
                                },
                                ["resource"] = "CreateAuthTicketRequest",
                                ["rpc"] = "/tidings.push.v1.AuthTicketService/CreateAuthTicket",
                              },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
          ["v1"] = {
            ["segments"] = {
              ["conditions"] = {
                ["dialect"] = "collector",
                ["segments"] = {
                  ["check"] = {
                    ["dialect"] = "collector",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.collector.v1.CheckConditionRequest",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "CheckConditionRequest",
                        ["rpc"] = "/tidings.collector.v1.ConditionService/CheckCondition",
                        ["strict"] = true,
                      },
                    },
                  },
                },
              },
              ["customers"] = {
                ["dialect"] = "loyalty",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["emailAddress"] = "emailAddress",
                      ["email_address"] = "emailAddress",
                      ["externalReference"] = "externalReference",
                      ["external_reference"] = "externalReference",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["segment"] = "segment",
                    },
                    ["resource"] = "ListCustomersRequest",
                    ["spelling"] = {
                      ["email_address"] = "emailAddress",
                      ["external_reference"] = "externalReference",
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetCustomerRequest",
                      ["spelling"] = {
                        ["customer_id"] = "customerId",
                      },
                      ["strict"] = true,
                    },
                    ["PATCH"] = {
                      ["body"] = "json",
                      ["message"] = {
                        ["kind"] = "object",
                        ["message"] = "tidings.loyalty.v1.CustomerChange",
                        ["rule"] = "must be an object",
                      },
                      ["resource"] = "customer",
                      ["rpc"] = "/tidings.loyalty.v1.CustomerService/UpdateCustomer",
                      ["spelling"] = {
                        ["accept_terms"] = "acceptTerms",
                        ["contact_phone"] = "contactPhone",
                        ["customer_id"] = "customerId",
                        ["date_of_birth"] = "dateOfBirth",
                        ["display_name"] = "displayName",
                        ["email_address"] = "emailAddress",
                        ["external_reference"] = "externalReference",
                        ["external_status"] = "externalStatus",
                        ["first_name"] = "firstName",
                        ["is_account_locked"] = "isAccountLocked",
                        ["last_name"] = "lastName",
                        ["mobile_number"] = "mobileNumber",
                        ["optin_email"] = "optinEmail",
                        ["optin_sms"] = "optinSms",
                      },
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["events"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "ListCustomerEventsRequest",
                          ["spelling"] = {
                            ["customer_id"] = "customerId",
                            ["page_size"] = "pageSize",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["ledger"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "ListEntriesRequest",
                          ["spelling"] = {
                            ["customer_id"] = "customerId",
                            ["page_size"] = "pageSize",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["statement"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["at"] = "at",
                          },
                          ["resource"] = "GetStatementRequest",
                          ["spelling"] = {
                            ["customer_id"] = "customerId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["deliveries"] = {
                ["dialect"] = "collector",
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetDeliveryRequest",
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["redeliver"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RedeliverDeliveryRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["economies"] = {
                ["dialect"] = "loyalty",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                    },
                    ["resource"] = "ListEconomiesRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.loyalty.v1.Economy",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "economy",
                    ["rpc"] = "/tidings.loyalty.v1.EconomyService/CreateEconomy",
                    ["spelling"] = {
                      ["changed_at"] = "changedAt",
                      ["created_at"] = "createdAt",
                      ["currency_code"] = "currencyCode",
                      ["economy_id"] = "economyId",
                      ["effective_from"] = "effectiveFrom",
                      ["effective_to"] = "effectiveTo",
                      ["points_per_unit"] = "pointsPerUnit",
                      ["start_after_days"] = "startAfterDays",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetEconomyRequest",
                      ["spelling"] = {
                        ["economy_id"] = "economyId",
                      },
                      ["strict"] = true,
                    },
                    ["PUT"] = {
                      ["body"] = "json",
                      ["message"] = {
                        ["kind"] = "object",
                        ["message"] = "tidings.loyalty.v1.Economy",
                        ["rule"] = "must be an object",
                      },
                      ["resource"] = "economy",
                      ["rpc"] = "/tidings.loyalty.v1.EconomyService/UpdateEconomy",
                      ["spelling"] = {
                        ["changed_at"] = "changedAt",
                        ["created_at"] = "createdAt",
                        ["currency_code"] = "currencyCode",
                        ["economy_id"] = "economyId",
                        ["effective_from"] = "effectiveFrom",
                        ["effective_to"] = "effectiveTo",
                        ["points_per_unit"] = "pointsPerUnit",
                        ["start_after_days"] = "startAfterDays",
                      },
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["activate"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ActivateEconomyRequest",
                          ["spelling"] = {
                            ["economy_id"] = "economyId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["archive"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ArchiveEconomyRequest",
                          ["spelling"] = {
                            ["economy_id"] = "economyId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["deactivate"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "DeactivateEconomyRequest",
                          ["spelling"] = {
                            ["economy_id"] = "economyId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["test"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "TestEconomyRequest",
                          ["spelling"] = {
                            ["economy_id"] = "economyId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["event-stream"] = {
                ["dialect"] = "collector",
                ["methods"] = {
                  ["GET"] = {
                    ["is_stream"] = true,
                    ["query"] = {
                      ["after"] = "after",
                      ["topic"] = "topic",
                    },
                    ["resource"] = "StreamEventsRequest",
                  },
                },
              },
              ["event-subscription"] = {
                ["dialect"] = "collector",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["includeInactive"] = "includeInactive",
                      ["include_inactive"] = "includeInactive",
                    },
                    ["resource"] = "ListEventSubscriptionsRequest",
                    ["spelling"] = {
                      ["include_inactive"] = "includeInactive",
                    },
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.collector.v1.EventSubscription",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "subscription",
                    ["rpc"] = "/tidings.collector.v1.EventSubscriptionService/CreateEventSubscription",
                    ["spelling"] = {
                      ["access_key"] = "accessKey",
                      ["access_secret"] = "accessSecret",
                      ["entity_type"] = "entityType",
                      ["failing_since"] = "failingSince",
                      ["inactive_reason"] = "inactiveReason",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
                      ["ordered_max_wait"] = "orderedMaxWait",
                      ["pause_reason"] = "pauseReason",
                      ["paused_until"] = "pausedUntil",
                      ["queue_url"] = "queueUrl",
                      ["start_from"] = "startFrom",
                      ["subscribe_change"] = "subscribeChange",
                      ["subscribe_create"] = "subscribeCreate",
                      ["subscribe_delete"] = "subscribeDelete",
                      ["topic_arn"] = "topicArn",
                    },
                  },
                  ["PUT"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.collector.v1.EventSubscription",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "subscription",
                    ["rpc"] = "/tidings.collector.v1.EventSubscriptionService/UpdateEventSubscription",
                    ["spelling"] = {
                      ["access_key"] = "accessKey",
                      ["access_secret"] = "accessSecret",
                      ["entity_type"] = "entityType",
                      ["failing_since"] = "failingSince",
                      ["inactive_reason"] = "inactiveReason",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
                      ["ordered_max_wait"] = "orderedMaxWait",
                      ["pause_reason"] = "pauseReason",
                      ["paused_until"] = "pausedUntil",
                      ["queue_url"] = "queueUrl",
                      ["start_from"] = "startFrom",
                      ["subscribe_change"] = "subscribeChange",
                      ["subscribe_create"] = "subscribeCreate",
                      ["subscribe_delete"] = "subscribeDelete",
                      ["topic_arn"] = "topicArn",
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetEventSubscriptionRequest",
                    },
                  },
                  ["segments"] = {
                    ["deactivate"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["PUT"] = {
                          ["resource"] = "DeactivateEventSubscriptionRequest",
                        },
                      },
                    },
                    ["rotate-keys"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["claimed"] = {
                            ["id"] = true,
                          },
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.collector.v1.RotateEventSubscriptionKeysRequest",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "RotateEventSubscriptionKeysRequest",
                          ["rpc"] = "/tidings.collector.v1.EventSubscriptionService/RotateEventSubscriptionKeys",
                          ["spelling"] = {
                            ["access_key"] = "accessKey",
                            ["access_secret"] = "accessSecret",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["test"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "TestEventSubscriptionRequest",
                        },
                      },
                    },
                  },
                },
              },
              ["events"] = {
                ["dialect"] = "collector",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["entityId"] = "entityId",
                      ["entity_id"] = "entityId",
                      ["from"] = "from",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["to"] = "to",
                      ["topic"] = "topic",
                    },
                    ["resource"] = "SearchEventsRequest",
                    ["spelling"] = {
                      ["entity_id"] = "entityId",
                      ["page_size"] = "pageSize",
                    },
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.collector.v1.Event",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "event",
                    ["rpc"] = "/tidings.collector.v1.EventService/CreateEvent",
                  },
                },
                ["segments"] = {
                  ["actions"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.loyalty.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.loyalty.v1.EventService/CreateAction",
                        ["spelling"] = {
                          ["basket_id"] = "basketId",
                          ["basket_item_id"] = "basketItemId",
                          ["basket_item_part_id"] = "basketItemPartId",
                          ["basket_item_parts"] = "basketItemParts",
                          ["basket_items"] = "basketItems",
                          ["basket_total"] = "basketTotal",
                          ["billing_address"] = "billingAddress",
                          ["country_code"] = "countryCode",
                          ["created_at"] = "createdAt",
                          ["currency_code"] = "currencyCode",
                          ["customer_id"] = "customerId",
                          ["customer_info"] = "customerInfo",
                          ["event_id"] = "eventId",
                          ["external_reference"] = "externalReference",
                          ["financial_status"] = "financialStatus",
                          ["item_price"] = "itemPrice",
                          ["key_values"] = "keyValues",
                          ["name_space"] = "nameSpace",
                          ["order_id"] = "orderId",
                          ["order_items"] = "orderItems",
                          ["order_line_id"] = "orderLineId",
                          ["order_status"] = "orderStatus",
                          ["payment_amount"] = "paymentAmount",
                          ["payment_detail"] = "paymentDetail",
                          ["phone_number"] = "phoneNumber",
                          ["points_amount"] = "pointsAmount",
                          ["postal_code"] = "postalCode",
                          ["product_id"] = "productId",
                          ["redemption_detail"] = "redemptionDetail",
                          ["refunded_total"] = "refundedTotal",
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
                          ["updated_at"] = "updatedAt",
                        },
                      },
                    },
                  },
                  ["basket"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.loyalty.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.loyalty.v1.EventService/AssessBasket",
                        ["spelling"] = {
                          ["basket_id"] = "basketId",
                          ["basket_item_id"] = "basketItemId",
                          ["basket_item_part_id"] = "basketItemPartId",
                          ["basket_item_parts"] = "basketItemParts",
                          ["basket_items"] = "basketItems",
                          ["basket_total"] = "basketTotal",
                          ["billing_address"] = "billingAddress",
                          ["country_code"] = "countryCode",
                          ["created_at"] = "createdAt",
                          ["currency_code"] = "currencyCode",
                          ["customer_id"] = "customerId",
                          ["customer_info"] = "customerInfo",
                          ["event_id"] = "eventId",
                          ["external_reference"] = "externalReference",
                          ["financial_status"] = "financialStatus",
                          ["item_price"] = "itemPrice",
                          ["key_values"] = "keyValues",
                          ["name_space"] = "nameSpace",
                          ["order_id"] = "orderId",
                          ["order_items"] = "orderItems",
                          ["order_line_id"] = "orderLineId",
                          ["order_status"] = "orderStatus",
                          ["payment_amount"] = "paymentAmount",
                          ["payment_detail"] = "paymentDetail",
                          ["phone_number"] = "phoneNumber",
                          ["points_amount"] = "pointsAmount",
                          ["postal_code"] = "postalCode",
                          ["product_id"] = "productId",
                          ["redemption_detail"] = "redemptionDetail",
                          ["refunded_total"] = "refundedTotal",
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
                          ["updated_at"] = "updatedAt",
                        },
                      },
                    },
                  },
                  ["batch"] = {
                    ["dialect"] = "collector",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["body_bytes"] = 16777216,
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.collector.v1.BatchCreateEventsRequest",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "BatchCreateEventsRequest",
                        ["rpc"] = "/tidings.collector.v1.EventService/BatchCreateEvents",
                      },
                    },
                  },
                  ["orders"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.loyalty.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.loyalty.v1.EventService/CreateOrder",
                        ["spelling"] = {
                          ["basket_id"] = "basketId",
                          ["basket_item_id"] = "basketItemId",
                          ["basket_item_part_id"] = "basketItemPartId",
                          ["basket_item_parts"] = "basketItemParts",
                          ["basket_items"] = "basketItems",
                          ["basket_total"] = "basketTotal",
                          ["billing_address"] = "billingAddress",
                          ["country_code"] = "countryCode",
                          ["created_at"] = "createdAt",
                          ["currency_code"] = "currencyCode",
                          ["customer_id"] = "customerId",
                          ["customer_info"] = "customerInfo",
                          ["event_id"] = "eventId",
                          ["external_reference"] = "externalReference",
                          ["financial_status"] = "financialStatus",
                          ["item_price"] = "itemPrice",
                          ["key_values"] = "keyValues",
                          ["name_space"] = "nameSpace",
                          ["order_id"] = "orderId",
                          ["order_items"] = "orderItems",
                          ["order_line_id"] = "orderLineId",
                          ["order_status"] = "orderStatus",
                          ["payment_amount"] = "paymentAmount",
                          ["payment_detail"] = "paymentDetail",
                          ["phone_number"] = "phoneNumber",
                          ["points_amount"] = "pointsAmount",
                          ["postal_code"] = "postalCode",
                          ["product_id"] = "productId",
                          ["redemption_detail"] = "redemptionDetail",
                          ["refunded_total"] = "refundedTotal",
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
                          ["updated_at"] = "updatedAt",
                        },
                      },
                    },
                  },
                  ["redemptions"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.loyalty.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.loyalty.v1.EventService/CreateRedemption",
                        ["spelling"] = {
                          ["basket_id"] = "basketId",
                          ["basket_item_id"] = "basketItemId",
                          ["basket_item_part_id"] = "basketItemPartId",
                          ["basket_item_parts"] = "basketItemParts",
                          ["basket_items"] = "basketItems",
                          ["basket_total"] = "basketTotal",
                          ["billing_address"] = "billingAddress",
                          ["country_code"] = "countryCode",
                          ["created_at"] = "createdAt",
                          ["currency_code"] = "currencyCode",
                          ["customer_id"] = "customerId",
                          ["customer_info"] = "customerInfo",
                          ["event_id"] = "eventId",
                          ["external_reference"] = "externalReference",
                          ["financial_status"] = "financialStatus",
                          ["item_price"] = "itemPrice",
                          ["key_values"] = "keyValues",
                          ["name_space"] = "nameSpace",
                          ["order_id"] = "orderId",
                          ["order_items"] = "orderItems",
                          ["order_line_id"] = "orderLineId",
                          ["order_status"] = "orderStatus",
                          ["payment_amount"] = "paymentAmount",
                          ["payment_detail"] = "paymentDetail",
                          ["phone_number"] = "phoneNumber",
                          ["points_amount"] = "pointsAmount",
                          ["postal_code"] = "postalCode",
                          ["product_id"] = "productId",
                          ["redemption_detail"] = "redemptionDetail",
                          ["refunded_total"] = "refundedTotal",
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
                          ["updated_at"] = "updatedAt",
                        },
                      },
                    },
                  },
                  ["transactions"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.loyalty.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.loyalty.v1.EventService/CreateTransaction",
                        ["spelling"] = {
                          ["basket_id"] = "basketId",
                          ["basket_item_id"] = "basketItemId",
                          ["basket_item_part_id"] = "basketItemPartId",
                          ["basket_item_parts"] = "basketItemParts",
                          ["basket_items"] = "basketItems",
                          ["basket_total"] = "basketTotal",
                          ["billing_address"] = "billingAddress",
                          ["country_code"] = "countryCode",
                          ["created_at"] = "createdAt",
                          ["currency_code"] = "currencyCode",
                          ["customer_id"] = "customerId",
                          ["customer_info"] = "customerInfo",
                          ["event_id"] = "eventId",
                          ["external_reference"] = "externalReference",
                          ["financial_status"] = "financialStatus",
                          ["item_price"] = "itemPrice",
                          ["key_values"] = "keyValues",
                          ["name_space"] = "nameSpace",
                          ["order_id"] = "orderId",
                          ["order_items"] = "orderItems",
                          ["order_line_id"] = "orderLineId",
                          ["order_status"] = "orderStatus",
                          ["payment_amount"] = "paymentAmount",
                          ["payment_detail"] = "paymentDetail",
                          ["phone_number"] = "phoneNumber",
                          ["points_amount"] = "pointsAmount",
                          ["postal_code"] = "postalCode",
                          ["product_id"] = "productId",
                          ["redemption_detail"] = "redemptionDetail",
                          ["refunded_total"] = "refundedTotal",
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
                          ["updated_at"] = "updatedAt",
                        },
                      },
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetEventRequest",
                    },
                  },
                  ["segments"] = {
                    ["deliveries"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                          },
                          ["resource"] = "ListEventDeliveriesRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["document"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["api"] = "api",
                          },
                          ["resource"] = "GetEventDocumentRequest",
                          ["rules"] = {
                            ["api"] = "must be one of COLLECTOR, WORKFLOW, LOYALTY, SCHEDULING, OPERATION",
                          },
                        },
                      },
                    },
                  },
                },
              },
              ["failures"] = {
                ["dialect"] = "loyalty",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                    },
                    ["resource"] = "ListFailuresRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["segments"] = {
                    ["retry"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RetryFailureRequest",
                          ["spelling"] = {
                            ["event_id"] = "eventId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["jobs"] = {
                ["dialect"] = "collector",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                    },
                    ["resource"] = "ListJobsRequest",
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.collector.v1.Job",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "job",
                    ["rpc"] = "/tidings.collector.v1.JobService/CreateJob",
                    ["spelling"] = {
                      ["schedule_expression"] = "scheduleExpression",
                    },
                  },
                },
                ["segments"] = {
                  ["active"] = {
                    ["dialect"] = "collector",
                    ["variable"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["PUT"] = {
                          ["query"] = {
                            ["is_active"] = "is_active",
                          },
                          ["resource"] = "SetJobActiveRequest",
                        },
                      },
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteJobRequest",
                    },
                    ["GET"] = {
                      ["resource"] = "GetJobRequest",
                    },
                    ["POST"] = {
                      ["resource"] = "DeleteJobRequest",
                    },
                    ["PUT"] = {
                      ["body"] = "json",
                      ["message"] = {
                        ["kind"] = "object",
                        ["message"] = "tidings.collector.v1.Job",
                        ["rule"] = "must be an object",
                      },
                      ["resource"] = "job",
                      ["rpc"] = "/tidings.collector.v1.JobService/UpdateJob",
                      ["spelling"] = {
                        ["schedule_expression"] = "scheduleExpression",
                      },
                    },
                  },
                  ["segments"] = {
                    ["preview"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "PreviewJobRequest",
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                          },
                        },
                      },
                    },
                    ["run"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RunJobRequest",
                        },
                      },
                    },
                    ["runs"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "ListJobRunsRequest",
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                          },
                        },
                      },
                    },
                  },
                },
              },
              ["mails"] = {
                ["dialect"] = "collector",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["to"] = "to",
                    },
                    ["resource"] = "ListMailsRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                  },
                },
              },
              ["metrics"] = {
                ["dialect"] = "collector",
                ["segments"] = {
                  ["backlogs"] = {
                    ["dialect"] = "collector",
                    ["methods"] = {
                      ["GET"] = {
                        ["query"] = {
                          ["after"] = "after",
                          ["pageSize"] = "pageSize",
                          ["page_size"] = "pageSize",
                          ["subscriptionId"] = "subscriptionId",
                          ["subscription_id"] = "subscriptionId",
                        },
                        ["resource"] = "ListBacklogsRequest",
                        ["spelling"] = {
                          ["page_size"] = "pageSize",
                          ["subscription_id"] = "subscriptionId",
                        },
                      },
                    },
                  },
                  ["deliveries"] = {
                    ["dialect"] = "collector",
                    ["methods"] = {
                      ["GET"] = {
                        ["query"] = {
                          ["after"] = "after",
                          ["from"] = "from",
                          ["pageSize"] = "pageSize",
                          ["page_size"] = "pageSize",
                          ["step"] = "step",
                          ["subscriptionId"] = "subscriptionId",
                          ["subscription_id"] = "subscriptionId",
                          ["to"] = "to",
                          ["total"] = "total",
                        },
                        ["resource"] = "ListDeliveryCountsRequest",
                        ["rules"] = {
                          ["step"] = "must be one of HOUR, DAY",
                        },
                        ["spelling"] = {
                          ["page_size"] = "pageSize",
                          ["subscription_id"] = "subscriptionId",
                        },
                      },
                    },
                  },
                  ["events"] = {
                    ["dialect"] = "collector",
                    ["methods"] = {
                      ["GET"] = {
                        ["query"] = {
                          ["after"] = "after",
                          ["from"] = "from",
                          ["pageSize"] = "pageSize",
                          ["page_size"] = "pageSize",
                          ["step"] = "step",
                          ["to"] = "to",
                          ["topic"] = "topic",
                          ["total"] = "total",
                        },
                        ["resource"] = "ListEventCountsRequest",
                        ["rules"] = {
                          ["step"] = "must be one of HOUR, DAY",
                        },
                        ["spelling"] = {
                          ["page_size"] = "pageSize",
                        },
                      },
                    },
                  },
                },
              },
              ["orders"] = {
                ["dialect"] = "loyalty",
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["segments"] = {
                    ["reverse"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["query"] = {
                            ["customerId"] = "customerId",
                            ["customer_id"] = "customerId",
                            ["nameSpace"] = "nameSpace",
                            ["name_space"] = "nameSpace",
                          },
                          ["resource"] = "ReverseOrderRequest",
                          ["spelling"] = {
                            ["customer_id"] = "customerId",
                            ["name_space"] = "nameSpace",
                            ["order_id"] = "orderId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["recoveries"] = {
                ["dialect"] = "collector",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                    },
                    ["resource"] = "ListRecoveriesRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.collector.v1.CreateRecoveryRequest",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "CreateRecoveryRequest",
                    ["rpc"] = "/tidings.collector.v1.RecoveryService/CreateRecovery",
                    ["spelling"] = {
                      ["error_type"] = "errorType",
                      ["http_status"] = "httpStatus",
                      ["subscription_id"] = "subscriptionId",
                    },
                    ["strict"] = true,
                  },
                },
                ["segments"] = {
                  ["preview"] = {
                    ["dialect"] = "collector",
                    ["methods"] = {
                      ["GET"] = {
                        ["query"] = {
                          ["errorType"] = "errorType",
                          ["error_type"] = "errorType",
                          ["httpStatus"] = "httpStatus",
                          ["http_status"] = "httpStatus",
                          ["since"] = "since",
                          ["subscriptionId"] = "subscriptionId",
                          ["subscription_id"] = "subscriptionId",
                          ["until"] = "until",
                        },
                        ["resource"] = "PreviewRecoveryRequest",
                        ["spelling"] = {
                          ["error_type"] = "errorType",
                          ["http_status"] = "httpStatus",
                          ["subscription_id"] = "subscriptionId",
                        },
                        ["strict"] = true,
                      },
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetRecoveryRequest",
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["cancel"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "CancelRecoveryRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["items"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "ListRecoveryItemsRequest",
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["redemptions"] = {
                ["dialect"] = "loyalty",
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetRedemptionRequest",
                      ["spelling"] = {
                        ["event_id"] = "eventId",
                      },
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["confirm"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ConfirmRedemptionRequest",
                          ["spelling"] = {
                            ["event_id"] = "eventId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["void"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "VoidRedemptionRequest",
                          ["spelling"] = {
                            ["event_id"] = "eventId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["rules"] = {
                ["dialect"] = "loyalty",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["after"] = "after",
                      ["pageSize"] = "pageSize",
                      ["page_size"] = "pageSize",
                      ["status"] = "status",
                    },
                    ["resource"] = "ListRulesRequest",
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.loyalty.v1.Rule",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "rule",
                    ["rpc"] = "/tidings.loyalty.v1.RuleService/CreateRule",
                    ["spelling"] = {
                      ["begins_with"] = "beginsWith",
                      ["changed_at"] = "changedAt",
                      ["created_at"] = "createdAt",
                      ["effective_from"] = "effectiveFrom",
                      ["effective_to"] = "effectiveTo",
                      ["last_condition_error"] = "lastConditionError",
                      ["name_space"] = "nameSpace",
                      ["product_ids"] = "productIds",
                      ["rule_id"] = "ruleId",
                      ["template_id"] = "templateId",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetRuleRequest",
                      ["spelling"] = {
                        ["rule_id"] = "ruleId",
                      },
                      ["strict"] = true,
                    },
                    ["PUT"] = {
                      ["body"] = "json",
                      ["message"] = {
                        ["kind"] = "object",
                        ["message"] = "tidings.loyalty.v1.Rule",
                        ["rule"] = "must be an object",
                      },
                      ["resource"] = "rule",
                      ["rpc"] = "/tidings.loyalty.v1.RuleService/UpdateRule",
                      ["spelling"] = {
                        ["begins_with"] = "beginsWith",
                        ["changed_at"] = "changedAt",
                        ["created_at"] = "createdAt",
                        ["effective_from"] = "effectiveFrom",
                        ["effective_to"] = "effectiveTo",
                        ["last_condition_error"] = "lastConditionError",
                        ["name_space"] = "nameSpace",
                        ["product_ids"] = "productIds",
                        ["rule_id"] = "ruleId",
                        ["template_id"] = "templateId",
                      },
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["activate"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ActivateRuleRequest",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["archive"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ArchiveRuleRequest",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["assessments"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "ListAssessmentsRequest",
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["backtest"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.loyalty.v1.BacktestRange",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "range",
                          ["rpc"] = "/tidings.loyalty.v1.BacktestService/RunBacktest",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["backtest-stream"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["GET"] = {
                          ["is_stream"] = true,
                          ["query"] = {
                            ["examples"] = "examples",
                            ["from"] = "from",
                            ["to"] = "to",
                          },
                          ["resource"] = "FollowBacktestRequest",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["deactivate"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "DeactivateRuleRequest",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["test"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "TestRuleRequest",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
              ["subscriptions"] = {
                ["dialect"] = "collector",
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["segments"] = {
                    ["deliveries"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                            ["state"] = "state",
                          },
                          ["resource"] = "ListDeliveriesRequest",
                          ["rules"] = {
                            ["state"] = "must be one of DELIVERED, PENDING, EXPIRED, FAILED",
                          },
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["redeliver-failed"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["claimed"] = {
                            ["id"] = true,
                          },
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.collector.v1.RedeliverFailedRequest",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "RedeliverFailedRequest",
                          ["rpc"] = "/tidings.collector.v1.DeliveryService/RedeliverFailed",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["replay"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["claimed"] = {
                            ["id"] = true,
                          },
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.collector.v1.ReplaySubscriptionRequest",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "ReplaySubscriptionRequest",
                          ["rpc"] = "/tidings.collector.v1.DeliveryService/ReplaySubscription",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["replays"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["GET"] = {
                          ["query"] = {
                            ["after"] = "after",
                            ["pageSize"] = "pageSize",
                            ["page_size"] = "pageSize",
                          },
                          ["resource"] = "ListReplaysRequest",
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                          },
                          ["strict"] = true,
                        },
                      },
                      ["segments"] = {
                        ["preview"] = {
                          ["dialect"] = "collector",
                          ["methods"] = {
                            ["GET"] = {
                              ["query"] = {
                                ["from"] = "from",
                                ["to"] = "to",
                              },
                              ["resource"] = "PreviewReplayRequest",
                              ["strict"] = true,
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
              ["unsubscribe"] = {
                ["dialect"] = "collector",
                ["variable"] = {
                  ["dialect"] = "collector",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "ShowUnsubscribeRequest",
                    },
                    ["POST"] = {
                      ["body"] = "raw",
                      ["body_bytes"] = 65536,
                      ["resource"] = "form",
                      ["spelling"] = {
                        ["content_type"] = "contentType",
                        ["type_url"] = "typeUrl",
                      },
                    },
                  },
                },
              },
            },
          },
          ["v4.1"] = {
            ["dialect"] = "orchestration",
            ["segments"] = {
              ["entity"] = {
                ["dialect"] = "orchestration",
                ["methods"] = {
                  ["GET"] = {
                    ["any_case"] = true,
                    ["lenient"] = true,
                    ["query"] = {
                      ["count"] = "count",
                      ["retailer_id"] = "retailerId",
                      ["retailerid"] = "retailerId",
                      ["start"] = "start",
                      ["status"] = "status",
                      ["type"] = "type",
                    },
                    ["resource"] = "ListEntitiesRequest",
                    ["spelling"] = {
                      ["retailer_id"] = "retailerId",
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "orchestration",
                  ["variable"] = {
                    ["dialect"] = "orchestration",
                    ["methods"] = {
                      ["GET"] = {
                        ["any_case"] = true,
                        ["lenient"] = true,
                        ["query"] = {
                          ["retailer_id"] = "retailerId",
                          ["retailerid"] = "retailerId",
                        },
                        ["resource"] = "GetEntityRequest",
                        ["spelling"] = {
                          ["retailer_id"] = "retailerId",
                        },
                      },
                    },
                  },
                },
              },
              ["event"] = {
                ["dialect"] = "orchestration",
                ["methods"] = {
                  ["GET"] = {
                    ["any_case"] = true,
                    ["lenient"] = true,
                    ["many"] = {
                      ["category"] = true,
                      ["eventStatus"] = true,
                      ["eventType"] = true,
                      ["name"] = true,
                      ["sourceEvents"] = true,
                    },
                    ["query"] = {
                      ["category"] = "category",
                      ["context.entity_id"] = "context.entityId",
                      ["context.entity_ref"] = "context.entityRef",
                      ["context.entity_type"] = "context.entityType",
                      ["context.entityid"] = "context.entityId",
                      ["context.entityref"] = "context.entityRef",
                      ["context.entitytype"] = "context.entityType",
                      ["context.root_entity_id"] = "context.rootEntityId",
                      ["context.root_entity_ref"] = "context.rootEntityRef",
                      ["context.root_entity_type"] = "context.rootEntityType",
                      ["context.rootentityid"] = "context.rootEntityId",
                      ["context.rootentityref"] = "context.rootEntityRef",
                      ["context.rootentitytype"] = "context.rootEntityType",
                      ["context.source_events"] = "context.sourceEvents",
                      ["context.sourceevents"] = "context.sourceEvents",
                      ["count"] = "count",
                      ["event_id"] = "eventId",
                      ["event_status"] = "eventStatus",
                      ["event_type"] = "eventType",
                      ["eventid"] = "eventId",
                      ["eventstatus"] = "eventStatus",
                      ["eventtype"] = "eventType",
                      ["from"] = "from",
                      ["name"] = "name",
                      ["retailer_id"] = "retailerId",
                      ["retailerid"] = "retailerId",
                      ["start"] = "start",
                      ["to"] = "to",
                    },
                    ["resource"] = "SearchEventsRequest",
                    ["spelling"] = {
                      ["entity_id"] = "entityId",
                      ["entity_ref"] = "entityRef",
                      ["entity_type"] = "entityType",
                      ["event_id"] = "eventId",
                      ["event_status"] = "eventStatus",
                      ["event_type"] = "eventType",
                      ["retailer_id"] = "retailerId",
                      ["root_entity_id"] = "rootEntityId",
                      ["root_entity_ref"] = "rootEntityRef",
                      ["root_entity_type"] = "rootEntityType",
                      ["source_events"] = "sourceEvents",
                    },
                  },
                },
                ["segments"] = {
                  ["async"] = {
                    ["dialect"] = "orchestration",
                    ["methods"] = {
                      ["POST"] = {
                        ["any_case"] = true,
                        ["body"] = "json",
                        ["lenient"] = true,
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.orchestration.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.orchestration.v1.EventService/CreateAsyncEvent",
                        ["spelling"] = {
                          ["bool_value"] = "boolValue",
                          ["entity_id"] = "entityId",
                          ["entity_ref"] = "entityRef",
                          ["entity_subtype"] = "entitySubtype",
                          ["entity_type"] = "entityType",
                          ["list_value"] = "listValue",
                          ["null_value"] = "nullValue",
                          ["number_value"] = "numberValue",
                          ["retailer_id"] = "retailerId",
                          ["root_entity_id"] = "rootEntityId",
                          ["root_entity_ref"] = "rootEntityRef",
                          ["root_entity_type"] = "rootEntityType",
                          ["string_value"] = "stringValue",
                          ["struct_value"] = "structValue",
                        },
                      },
                    },
                  },
                  ["sync"] = {
                    ["dialect"] = "orchestration",
                    ["methods"] = {
                      ["POST"] = {
                        ["any_case"] = true,
                        ["body"] = "json",
                        ["lenient"] = true,
                        ["message"] = {
                          ["kind"] = "object",
                          ["message"] = "tidings.orchestration.v1.NewEvent",
                          ["rule"] = "must be an object",
                        },
                        ["resource"] = "event",
                        ["rpc"] = "/tidings.orchestration.v1.EventService/CreateSyncEvent",
                        ["spelling"] = {
                          ["bool_value"] = "boolValue",
                          ["entity_id"] = "entityId",
                          ["entity_ref"] = "entityRef",
                          ["entity_subtype"] = "entitySubtype",
                          ["entity_type"] = "entityType",
                          ["list_value"] = "listValue",
                          ["null_value"] = "nullValue",
                          ["number_value"] = "numberValue",
                          ["retailer_id"] = "retailerId",
                          ["root_entity_id"] = "rootEntityId",
                          ["root_entity_ref"] = "rootEntityRef",
                          ["root_entity_type"] = "rootEntityType",
                          ["string_value"] = "stringValue",
                          ["struct_value"] = "structValue",
                        },
                      },
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "orchestration",
                  ["methods"] = {
                    ["GET"] = {
                      ["any_case"] = true,
                      ["lenient"] = true,
                      ["resource"] = "GetEventRequest",
                      ["spelling"] = {
                        ["event_id"] = "eventId",
                      },
                    },
                  },
                  ["segments"] = {
                    ["trace"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["GET"] = {
                          ["any_case"] = true,
                          ["lenient"] = true,
                          ["query"] = {
                            ["after"] = "after",
                          },
                          ["resource"] = "TraceEventRequest",
                          ["spelling"] = {
                            ["event_id"] = "eventId",
                          },
                        },
                      },
                    },
                  },
                },
              },
              ["workflow"] = {
                ["dialect"] = "orchestration",
                ["methods"] = {
                  ["GET"] = {
                    ["any_case"] = true,
                    ["lenient"] = true,
                    ["query"] = {
                      ["count"] = "count",
                      ["entity_type"] = "entityType",
                      ["entitytype"] = "entityType",
                      ["start"] = "start",
                    },
                    ["resource"] = "ListWorkflowsRequest",
                    ["spelling"] = {
                      ["entity_type"] = "entityType",
                    },
                    ["strict"] = true,
                  },
                },
                ["variable"] = {
                  ["dialect"] = "orchestration",
                  ["methods"] = {
                    ["GET"] = {
                      ["any_case"] = true,
                      ["lenient"] = true,
                      ["query"] = {
                        ["version"] = "version",
                      },
                      ["resource"] = "GetWorkflowRequest",
                      ["strict"] = true,
                    },
                    ["PUT"] = {
                      ["any_case"] = true,
                      ["body"] = "json",
                      ["lenient"] = true,
                      ["message"] = {
                        ["kind"] = "object",
                        ["message"] = "tidings.orchestration.v1.Workflow",
                        ["rule"] = "must be an object",
                      },
                      ["resource"] = "workflow",
                      ["rpc"] = "/tidings.orchestration.v1.WorkflowService/PutWorkflow",
                      ["spelling"] = {
                        ["bool_value"] = "boolValue",
                        ["created_by"] = "createdBy",
                        ["created_on"] = "createdOn",
                        ["entity_subtype"] = "entitySubtype",
                        ["entity_type"] = "entityType",
                        ["is_active"] = "isActive",
                        ["list_value"] = "listValue",
                        ["null_value"] = "nullValue",
                        ["number_value"] = "numberValue",
                        ["string_value"] = "stringValue",
                        ["struct_value"] = "structValue",
                        ["user_actions"] = "userActions",
                      },
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["simulate"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["body"] = "json",
                          ["lenient"] = true,
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.orchestration.v1.Simulation",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "simulation",
                          ["rpc"] = "/tidings.orchestration.v1.WorkflowService/SimulateWorkflow",
                          ["spelling"] = {
                            ["bool_value"] = "boolValue",
                            ["created_on"] = "createdOn",
                            ["entity_id"] = "entityId",
                            ["entity_ref"] = "entityRef",
                            ["entity_subtype"] = "entitySubtype",
                            ["entity_type"] = "entityType",
                            ["list_value"] = "listValue",
                            ["null_value"] = "nullValue",
                            ["number_value"] = "numberValue",
                            ["retailer_id"] = "retailerId",
                            ["root_entity_id"] = "rootEntityId",
                            ["root_entity_ref"] = "rootEntityRef",
                            ["root_entity_type"] = "rootEntityType",
                            ["string_value"] = "stringValue",
                            ["struct_value"] = "structValue",
                            ["updated_on"] = "updatedOn",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["validate"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["body"] = "json",
                          ["lenient"] = true,
                          ["message"] = {
                            ["kind"] = "object",
                            ["message"] = "tidings.orchestration.v1.Workflow",
                            ["rule"] = "must be an object",
                          },
                          ["resource"] = "workflow",
                          ["rpc"] = "/tidings.orchestration.v1.WorkflowService/ValidateWorkflow",
                          ["spelling"] = {
                            ["bool_value"] = "boolValue",
                            ["created_by"] = "createdBy",
                            ["created_on"] = "createdOn",
                            ["entity_subtype"] = "entitySubtype",
                            ["entity_type"] = "entityType",
                            ["is_active"] = "isActive",
                            ["list_value"] = "listValue",
                            ["null_value"] = "nullValue",
                            ["number_value"] = "numberValue",
                            ["string_value"] = "stringValue",
                            ["struct_value"] = "structValue",
                            ["user_actions"] = "userActions",
                          },
                          ["strict"] = true,
                        },
                      },
                    },
                    ["versions"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["GET"] = {
                          ["any_case"] = true,
                          ["lenient"] = true,
                          ["query"] = {
                            ["count"] = "count",
                            ["start"] = "start",
                          },
                          ["resource"] = "ListWorkflowVersionsRequest",
                          ["strict"] = true,
                        },
                      },
                      ["variable"] = {
                        ["dialect"] = "orchestration",
                        ["segments"] = {
                          ["activate"] = {
                            ["dialect"] = "orchestration",
                            ["methods"] = {
                              ["POST"] = {
                                ["any_case"] = true,
                                ["lenient"] = true,
                                ["resource"] = "ActivateWorkflowVersionRequest",
                                ["strict"] = true,
                              },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
      ["auth"] = {
        ["dialect"] = "tokens",
        ["segments"] = {
          ["realms"] = {
            ["dialect"] = "tokens",
            ["variable"] = {
              ["dialect"] = "tokens",
              ["segments"] = {
                ["protocol"] = {
                  ["dialect"] = "tokens",
                  ["segments"] = {
                    ["openid-connect"] = {
                      ["dialect"] = "tokens",
                      ["segments"] = {
                        ["token"] = {
                          ["dialect"] = "tokens",
                          ["methods"] = {
                            ["POST"] = {
                              ["body"] = "raw",
                              ["body_bytes"] = 65536,
                              ["lenient"] = true,
                              ["query"] = {
                                ["client_id"] = "client_id",
                                ["client_secret"] = "client_secret",
                                ["grant_type"] = "grant_type",
                                ["password"] = "password",
                                ["scope"] = "scope",
                                ["username"] = "username",
                              },
                              ["resource"] = "form",
                              ["spelling"] = {
                                ["content_type"] = "contentType",
                                ["type_url"] = "typeUrl",
                              },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
      ["event"] = {
        ["dialect"] = "push",
        ["segments"] = {
          ["pull"] = {
            ["dialect"] = "push",
            ["methods"] = {
              ["GET"] = {
                ["any_case"] = true,
                ["query"] = {
                  ["filter"] = "filter",
                  ["page_size"] = "pageSize",
                  ["pagesize"] = "pageSize",
                  ["response_fields"] = "responseFields",
                  ["responsefields"] = "responseFields",
                  ["sort_by"] = "sortBy",
                  ["sortby"] = "sortBy",
                  ["start_index"] = "startIndex",
                  ["startindex"] = "startIndex",
                },
                ["resource"] = "ListEventsRequest",
                ["selects"] = true,
                ["spelling"] = {
                  ["page_size"] = "pageSize",
                  ["response_fields"] = "responseFields",
                  ["sort_by"] = "sortBy",
                  ["start_index"] = "startIndex",
                },
              },
            },
            ["variable"] = {
              ["dialect"] = "push",
              ["methods"] = {
                ["GET"] = {
                  ["any_case"] = true,
                  ["query"] = {
                    ["response_fields"] = "responseFields",
                    ["responsefields"] = "responseFields",
                  },
                  ["resource"] = "GetEventRequest",
                  ["selects"] = true,
                  ["spelling"] = {
                    ["event_id"] = "eventId",
                    ["response_fields"] = "responseFields",
                  },
                },
              },
            },
          },
          ["push"] = {
            ["dialect"] = "push",
            ["segments"] = {
              ["subscriptions"] = {
                ["dialect"] = "push",
                ["methods"] = {
                  ["GET"] = {
                    ["any_case"] = true,
                    ["query"] = {
                      ["filter"] = "filter",
                      ["page_size"] = "pageSize",
                      ["pagesize"] = "pageSize",
                      ["response_fields"] = "responseFields",
                      ["response_groups"] = "responseGroups",
                      ["responsefields"] = "responseFields",
                      ["responsegroups"] = "responseGroups",
                      ["sort_by"] = "sortBy",
                      ["sortby"] = "sortBy",
                      ["start_index"] = "startIndex",
                      ["startindex"] = "startIndex",
                    },
                    ["resource"] = "ListSubscriptionsRequest",
                    ["selects"] = true,
                    ["spelling"] = {
                      ["page_size"] = "pageSize",
                      ["response_fields"] = "responseFields",
                      ["response_groups"] = "responseGroups",
                      ["sort_by"] = "sortBy",
                      ["start_index"] = "startIndex",
                    },
                    ["strict"] = true,
                  },
                  ["POST"] = {
                    ["any_case"] = true,
                    ["body"] = "json",
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.push.v1.Subscription",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "subscription",
                    ["rpc"] = "/tidings.push.v1.SubscriptionService/CreateSubscription",
                    ["spelling"] = {
                      ["api_version"] = "apiVersion",
                      ["app_id"] = "appId",
                      ["audit_info"] = "auditInfo",
                      ["confirmation_error"] = "confirmationError",
                      ["content_type"] = "contentType",
                      ["create_by"] = "createBy",
                      ["create_date"] = "createDate",
                      ["failing_since"] = "failingSince",
                      ["inactive_reason"] = "inactiveReason",
                      ["is_active"] = "isActive",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
                      ["next_ping_date"] = "nextPingDate",
                      ["no_callback"] = "noCallback",
                      ["notification_delivery_type"] = "notificationDeliveryType",
                      ["ordered_max_wait"] = "orderedMaxWait",
                      ["pause_reason"] = "pauseReason",
                      ["paused_until"] = "pausedUntil",
                      ["shared_secret"] = "sharedSecret",
                      ["signing_secret"] = "signingSecret",
                      ["site_id"] = "siteId",
                      ["start_from"] = "startFrom",
                      ["subscribing_context_level_type"] = "subscribingContextLevelType",
                      ["subscribing_sites"] = "subscribingSites",
                      ["subscribing_tenants"] = "subscribingTenants",
                      ["tenant_id"] = "tenantId",
                      ["update_by"] = "updateBy",
                      ["update_date"] = "updateDate",
                    },
                    ["strict"] = true,
                  },
                },
                ["segments"] = {
                  ["deliveryattempts"] = {
                    ["dialect"] = "push",
                    ["methods"] = {
                      ["GET"] = {
                        ["any_case"] = true,
                        ["query"] = {
                          ["filter"] = "filter",
                          ["page_size"] = "pageSize",
                          ["pagesize"] = "pageSize",
                          ["response_fields"] = "responseFields",
                          ["responsefields"] = "responseFields",
                          ["sort_by"] = "sortBy",
                          ["sortby"] = "sortBy",
                          ["start_index"] = "startIndex",
                          ["startindex"] = "startIndex",
                          ["subscription_id"] = "subscriptionId",
                          ["subscriptionid"] = "subscriptionId",
                        },
                        ["resource"] = "ListDeliveryAttemptsRequest",
                        ["selects"] = true,
                        ["spelling"] = {
                          ["page_size"] = "pageSize",
                          ["response_fields"] = "responseFields",
                          ["sort_by"] = "sortBy",
                          ["start_index"] = "startIndex",
                          ["subscription_id"] = "subscriptionId",
                        },
                      },
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "push",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["any_case"] = true,
                      ["resource"] = "DeleteSubscriptionRequest",
                      ["strict"] = true,
                    },
                    ["GET"] = {
                      ["any_case"] = true,
                      ["query"] = {
                        ["response_fields"] = "responseFields",
                        ["responsefields"] = "responseFields",
                      },
                      ["resource"] = "GetSubscriptionRequest",
                      ["selects"] = true,
                      ["spelling"] = {
                        ["response_fields"] = "responseFields",
                      },
                      ["strict"] = true,
                    },
                    ["PUT"] = {
                      ["any_case"] = true,
                      ["body"] = "json",
                      ["message"] = {
                        ["kind"] = "object",
                        ["message"] = "tidings.push.v1.Subscription",
                        ["rule"] = "must be an object",
                      },
                      ["resource"] = "subscription",
                      ["rpc"] = "/tidings.push.v1.SubscriptionService/UpdateSubscription",
                      ["spelling"] = {
                        ["api_version"] = "apiVersion",
                        ["app_id"] = "appId",
                        ["audit_info"] = "auditInfo",
                        ["confirmation_error"] = "confirmationError",
                        ["content_type"] = "contentType",
                        ["create_by"] = "createBy",
                        ["create_date"] = "createDate",
                        ["failing_since"] = "failingSince",
                        ["inactive_reason"] = "inactiveReason",
                        ["is_active"] = "isActive",
                        ["last_condition_error"] = "lastConditionError",
                        ["max_concurrency"] = "maxConcurrency",
                        ["max_per_second"] = "maxPerSecond",
                        ["next_ping_date"] = "nextPingDate",
                        ["no_callback"] = "noCallback",
                        ["notification_delivery_type"] = "notificationDeliveryType",
                        ["ordered_max_wait"] = "orderedMaxWait",
                        ["pause_reason"] = "pauseReason",
                        ["paused_until"] = "pausedUntil",
                        ["shared_secret"] = "sharedSecret",
                        ["signing_secret"] = "signingSecret",
                        ["site_id"] = "siteId",
                        ["start_from"] = "startFrom",
                        ["subscribing_context_level_type"] = "subscribingContextLevelType",
                        ["subscribing_sites"] = "subscribingSites",
                        ["subscribing_tenants"] = "subscribingTenants",
                        ["tenant_id"] = "tenantId",
                        ["update_by"] = "updateBy",
                        ["update_date"] = "updateDate",
                      },
                      ["strict"] = true,
                    },
                  },
                  ["segments"] = {
                    ["confirm"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["resource"] = "ConfirmSubscriptionRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["deliveryattempts"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["GET"] = {
                          ["any_case"] = true,
                          ["query"] = {
                            ["filter"] = "filter",
                            ["page_size"] = "pageSize",
                            ["pagesize"] = "pageSize",
                            ["response_fields"] = "responseFields",
                            ["responsefields"] = "responseFields",
                            ["sort_by"] = "sortBy",
                            ["sortby"] = "sortBy",
                            ["start_index"] = "startIndex",
                            ["startindex"] = "startIndex",
                          },
                          ["resource"] = "ListDeliveryAttemptsRequest",
                          ["selects"] = true,
                          ["spelling"] = {
                            ["page_size"] = "pageSize",
                            ["response_fields"] = "responseFields",
                            ["sort_by"] = "sortBy",
                            ["start_index"] = "startIndex",
                            ["subscription_id"] = "subscriptionId",
                          },
                        },
                      },
                      ["variable"] = {
                        ["dialect"] = "push",
                        ["methods"] = {
                          ["GET"] = {
                            ["any_case"] = true,
                            ["query"] = {
                              ["response_fields"] = "responseFields",
                              ["responsefields"] = "responseFields",
                            },
                            ["resource"] = "GetDeliveryAttemptRequest",
                            ["selects"] = true,
                            ["spelling"] = {
                              ["process_id"] = "processId",
                              ["response_fields"] = "responseFields",
                              ["subscription_id"] = "subscriptionId",
                            },
                          },
                        },
                      },
                    },
                    ["reactivate"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["resource"] = "ReactivateSubscriptionRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["rotate-secret"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["resource"] = "RotateSecretRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                    ["test"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["resource"] = "TestSubscriptionRequest",
                          ["strict"] = true,
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
      ["healthz"] = {
        ["dialect"] = "operator",
        ["methods"] = {
          ["GET"] = {
            ["resource"] = "GetHealthRequest",
            ["strict"] = true,
          },
        },
      },
      ["oauth"] = {
        ["dialect"] = "tokens",
        ["segments"] = {
          ["token"] = {
            ["dialect"] = "tokens",
            ["methods"] = {
              ["POST"] = {
                ["body"] = "raw",
                ["body_bytes"] = 65536,
                ["lenient"] = true,
                ["query"] = {
                  ["client_id"] = "client_id",
                  ["client_secret"] = "client_secret",
                  ["grant_type"] = "grant_type",
                  ["password"] = "password",
                  ["realm"] = "realm",
                  ["scope"] = "scope",
                  ["username"] = "username",
                },
                ["resource"] = "form",
                ["spelling"] = {
                  ["content_type"] = "contentType",
                  ["type_url"] = "typeUrl",
                },
              },
            },
          },
        },
      },
      ["portal"] = {
        ["dialect"] = "tokens",
        ["segments"] = {
          ["token"] = {
            ["dialect"] = "tokens",
            ["methods"] = {
              ["POST"] = {
                ["body"] = "json",
                ["body_bytes"] = 65536,
                ["lenient"] = true,
                ["message"] = {
                  ["kind"] = "object",
                  ["message"] = "tidings.identity.v1.ExchangePortalTokenRequest",
                  ["rule"] = "must be an object",
                },
                ["resource"] = "ExchangePortalTokenRequest",
                ["rpc"] = "/tidings.identity.v1.PortalService/ExchangePortalToken",
              },
            },
          },
        },
        ["variable"] = {
          ["dialect"] = "tokens",
          ["methods"] = {
            ["GET"] = {
              ["lenient"] = true,
              ["resource"] = "ShowPortalRequest",
            },
          },
        },
      },
      ["v1"] = {
        ["dialect"] = "scheduling",
        ["segments"] = {
          ["account"] = {
            ["dialect"] = "scheduling",
            ["segments"] = {
              ["login"] = {
                ["dialect"] = "scheduling",
                ["methods"] = {
                  ["POST"] = {
                    ["body"] = "json",
                    ["body_bytes"] = 65536,
                    ["in_xml"] = true,
                    ["message"] = {
                      ["kind"] = "object",
                      ["message"] = "tidings.scheduling.v1.UserCredentials",
                      ["rule"] = "must be an object",
                    },
                    ["resource"] = "credentials",
                    ["rpc"] = "/tidings.scheduling.v1.AccountService/LogIn",
                  },
                },
              },
            },
          },
          ["events"] = {
            ["dialect"] = "scheduling",
            ["methods"] = {
              ["GET"] = {
                ["error_code"] = 907001,
                ["in_xml"] = true,
                ["query"] = {
                  ["after"] = "after",
                },
                ["resource"] = "ListScheduledEventsRequest",
              },
              ["POST"] = {
                ["body"] = "json",
                ["error_code"] = 907002,
                ["in_xml"] = true,
                ["message"] = {
                  ["kind"] = "object",
                  ["message"] = "tidings.scheduling.v1.ScheduledEvent",
                  ["rule"] = "must be an object",
                },
                ["resource"] = "event",
                ["rpc"] = "/tidings.scheduling.v1.ScheduledEventService/CreateScheduledEvent",
                ["spelling"] = {
                  ["action_type"] = "actionType",
                  ["bool_value"] = "boolValue",
                  ["created_by"] = "createdBy",
                  ["created_name"] = "createdName",
                  ["list_value"] = "listValue",
                  ["null_value"] = "nullValue",
                  ["number_value"] = "numberValue",
                  ["string_value"] = "stringValue",
                  ["struct_value"] = "structValue",
                  ["trigger_type"] = "triggerType",
                },
              },
            },
            ["segments"] = {
              ["user"] = {
                ["dialect"] = "scheduling",
                ["methods"] = {
                  ["GET"] = {
                    ["error_code"] = 907001,
                    ["in_xml"] = true,
                    ["query"] = {
                      ["after"] = "after",
                    },
                    ["resource"] = "ListUserScheduledEventsRequest",
                  },
                },
              },
            },
            ["variable"] = {
              ["dialect"] = "scheduling",
              ["methods"] = {
                ["DELETE"] = {
                  ["error_code"] = 907004,
                  ["in_xml"] = true,
                  ["resource"] = "DeleteScheduledEventRequest",
                },
              },
              ["segments"] = {
                ["preview"] = {
                  ["dialect"] = "scheduling",
                  ["methods"] = {
                    ["GET"] = {
                      ["error_code"] = 907001,
                      ["in_xml"] = true,
                      ["resource"] = "PreviewScheduledEventRequest",
                    },
                  },
                },
                ["run"] = {
                  ["dialect"] = "scheduling",
                  ["methods"] = {
                    ["POST"] = {
                      ["error_code"] = 907002,
                      ["in_xml"] = true,
                      ["resource"] = "RunScheduledEventRequest",
                    },
                  },
                },
                ["runs"] = {
                  ["dialect"] = "scheduling",
                  ["methods"] = {
                    ["GET"] = {
                      ["error_code"] = 907001,
                      ["in_xml"] = true,
                      ["query"] = {
                        ["before"] = "before",
                        ["limit"] = "limit",
                      },
                      ["resource"] = "ListScheduledEventRunsRequest",
                    },
                  },
                },
              },
            },
          },
        },
      },
      ["version"] = {
        ["dialect"] = "operator",
        ["methods"] = {
          ["GET"] = {
            ["resource"] = "GetVersionRequest",
            ["strict"] = true,
          },
        },
      },
    },
  },
  ["selection"] = {
    ["filter"] = "filter",
    ["page_size"] = "pageSize",
    ["pagesize"] = "pageSize",
    ["response_fields"] = "responseFields",
    ["response_groups"] = "responseGroups",
    ["responsefields"] = "responseFields",
    ["responsegroups"] = "responseGroups",
    ["sort_by"] = "sortBy",
    ["sortby"] = "sortBy",
    ["start_index"] = "startIndex",
    ["startindex"] = "startIndex",
  },
}
