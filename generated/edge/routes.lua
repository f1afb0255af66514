-- Generated from the contract by proto/gen.py: do not edit.
return {
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateClientRequest",
                    ["spelling"] = {
                      ["retailer_id"] = "retailerId",
                      ["tenant_id"] = "tenantId",
                    },
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
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["GET"] = {
                      ["resource"] = "GetCredentialRequest",
                    },
                  },
                  ["segments"] = {
                    ["revoke"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RevokeCredentialRequest",
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
                          ["resource"] = "RotateCredentialRequest",
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
                  },
                  ["POST"] = {
                    ["resource"] = "RotateDataKeyRequest",
                  },
                },
              },
              ["issuers"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["query"] = {
                      ["tenantId"] = "tenantId",
                      ["tenant_id"] = "tenantId",
                    },
                    ["resource"] = "ListIssuersRequest",
                    ["spelling"] = {
                      ["tenant_id"] = "tenantId",
                    },
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateIssuerRequest",
                    ["spelling"] = {
                      ["jwks_url"] = "jwksUrl",
                      ["retailer_claim"] = "retailerClaim",
                      ["tenant_id"] = "tenantId",
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteIssuerRequest",
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateKeyRequest",
                    ["spelling"] = {
                      ["expires_at"] = "expiresAt",
                      ["store_id"] = "storeId",
                      ["tenant_id"] = "tenantId",
                    },
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateOperatorRequest",
                    ["spelling"] = {
                      ["expires_at"] = "expiresAt",
                    },
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
                        },
                      },
                    },
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateRetailerRequest",
                    ["spelling"] = {
                      ["tenant_id"] = "tenantId",
                    },
                  },
                },
              },
              ["signing-keys"] = {
                ["dialect"] = "operator",
                ["methods"] = {
                  ["GET"] = {
                    ["resource"] = "ListSigningKeysRequest",
                  },
                  ["POST"] = {
                    ["resource"] = "RotateSigningKeyRequest",
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "RevokeSigningKeyRequest",
                    },
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateStoreRequest",
                    ["spelling"] = {
                      ["tenant_id"] = "tenantId",
                    },
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteStoreRequest",
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateTenantRequest",
                  },
                },
                ["variable"] = {
                  ["dialect"] = "operator",
                  ["methods"] = {
                    ["DELETE"] = {
                      ["resource"] = "DeleteTenantRequest",
                    },
                    ["GET"] = {
                      ["resource"] = "GetTenantRequest",
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
                              ["resource"] = "person",
                              ["spelling"] = {
                                ["customer_ids"] = "customerIds",
                                ["tenant_id"] = "tenantId",
                              },
                            },
                          },
                        },
                        ["export"] = {
                          ["dialect"] = "operator",
                          ["methods"] = {
                            ["POST"] = {
                              ["body"] = "json",
                              ["is_stream"] = true,
                              ["resource"] = "person",
                              ["spelling"] = {
                                ["customer_ids"] = "customerIds",
                                ["tenant_id"] = "tenantId",
                              },
                            },
                          },
                        },
                      },
                    },
                    ["quotas"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["GET"] = {
                          ["resource"] = "GetQuotasRequest",
                        },
                        ["PUT"] = {
                          ["body"] = "json",
                          ["resource"] = "quotas",
                          ["spelling"] = {
                            ["events_per_second"] = "eventsPerSecond",
                            ["storage_bytes"] = "storageBytes",
                          },
                        },
                      },
                    },
                    ["resume"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ResumeTenantRequest",
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
                          },
                        },
                      },
                    },
                    ["suspend"] = {
                      ["dialect"] = "operator",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "SuspendTenantRequest",
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["resource"] = "CreateUserRequest",
                    ["spelling"] = {
                      ["expires_at"] = "expiresAt",
                      ["retailer_id"] = "retailerId",
                      ["store_id"] = "storeId",
                      ["tenant_id"] = "tenantId",
                    },
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
                      },
                      ["POST"] = {
                        ["any_case"] = true,
                        ["body"] = "json",
                        ["resource"] = "subscription",
                        ["spelling"] = {
                          ["api_version"] = "apiVersion",
                          ["app_id"] = "appId",
                          ["audit_info"] = "auditInfo",
                          ["content_type"] = "contentType",
                          ["create_by"] = "createBy",
                          ["create_date"] = "createDate",
                          ["inactive_reason"] = "inactiveReason",
                          ["is_active"] = "isActive",
                          ["last_condition_error"] = "lastConditionError",
                          ["max_concurrency"] = "maxConcurrency",
                          ["max_per_second"] = "maxPerSecond",
                          ["no_callback"] = "noCallback",
                          ["notification_delivery_type"] = "notificationDeliveryType",
                          ["ordered_max_wait"] = "orderedMaxWait",
                          ["shared_secret"] = "sharedSecret",
                          ["site_id"] = "siteId",
                          ["start_from"] = "startFrom",
                          ["subscribing_context_level_type"] = "subscribingContextLevelType",
                          ["subscribing_sites"] = "subscribingSites",
                          ["subscribing_tenants"] = "subscribingTenants",
                          ["tenant_id"] = "tenantId",
                          ["update_by"] = "updateBy",
                          ["update_date"] = "updateDate",
                        },
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
                        },
                        ["PUT"] = {
                          ["any_case"] = true,
                          ["body"] = "json",
                          ["resource"] = "subscription",
                          ["spelling"] = {
                            ["api_version"] = "apiVersion",
                            ["app_id"] = "appId",
                            ["audit_info"] = "auditInfo",
                            ["content_type"] = "contentType",
                            ["create_by"] = "createBy",
                            ["create_date"] = "createDate",
                            ["inactive_reason"] = "inactiveReason",
                            ["is_active"] = "isActive",
                            ["last_condition_error"] = "lastConditionError",
                            ["max_concurrency"] = "maxConcurrency",
                            ["max_per_second"] = "maxPerSecond",
                            ["no_callback"] = "noCallback",
                            ["notification_delivery_type"] = "notificationDeliveryType",
                            ["ordered_max_wait"] = "orderedMaxWait",
                            ["shared_secret"] = "sharedSecret",
                            ["site_id"] = "siteId",
                            ["start_from"] = "startFrom",
                            ["subscribing_context_level_type"] = "subscribingContextLevelType",
                            ["subscribing_sites"] = "subscribingSites",
                            ["subscribing_tenants"] = "subscribingTenants",
                            ["tenant_id"] = "tenantId",
                            ["update_by"] = "updateBy",
                            ["update_date"] = "updateDate",
                          },
                        },
                      },
                      ["segments"] = {
                        ["confirm"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["POST"] = {
                              ["any_case"] = true,
                              ["resource"] = "ConfirmSubscriptionRequest",
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
                            },
                          },
                        },
                        ["test"] = {
                          ["dialect"] = "push",
                          ["methods"] = {
                            ["POST"] = {
                              ["any_case"] = true,
                              ["resource"] = "TestSubscriptionRequest",
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
                    },
                    ["PATCH"] = {
                      ["body"] = "json",
                      ["resource"] = "customer",
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
                  ["segments"] = {
                    ["redeliver"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "RedeliverDeliveryRequest",
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
                    ["resource"] = "ListEconomiesRequest",
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["enums"] = {
                      ["base"] = {
                        ["base"] = "TOTAL, REWARDS_ELIGIBLE_TOTAL",
                      },
                      ["status"] = {
                        ["status"] = "CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
                      },
                    },
                    ["resource"] = "economy",
                    ["spelling"] = {
                      ["changed_at"] = "changedAt",
                      ["created_at"] = "createdAt",
                      ["economy_id"] = "economyId",
                      ["effective_from"] = "effectiveFrom",
                      ["effective_to"] = "effectiveTo",
                      ["points_per_unit"] = "pointsPerUnit",
                      ["start_after_days"] = "startAfterDays",
                    },
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
                    },
                    ["PUT"] = {
                      ["body"] = "json",
                      ["enums"] = {
                        ["base"] = {
                          ["base"] = "TOTAL, REWARDS_ELIGIBLE_TOTAL",
                        },
                        ["status"] = {
                          ["status"] = "CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
                        },
                      },
                      ["resource"] = "economy",
                      ["spelling"] = {
                        ["changed_at"] = "changedAt",
                        ["created_at"] = "createdAt",
                        ["economy_id"] = "economyId",
                        ["effective_from"] = "effectiveFrom",
                        ["effective_to"] = "effectiveTo",
                        ["points_per_unit"] = "pointsPerUnit",
                        ["start_after_days"] = "startAfterDays",
                      },
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
                    ["resource"] = "ListEventSubscriptionsRequest",
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["enums"] = {
                      ["entityType"] = {
                        ["entityType"] = "CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["entity_type"] = {
                        ["entity_type"] = "CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["type"] = {
                        ["destination.type"] = "SQS, SNS",
                      },
                    },
                    ["resource"] = "subscription",
                    ["spelling"] = {
                      ["access_key"] = "accessKey",
                      ["access_secret"] = "accessSecret",
                      ["entity_type"] = "entityType",
                      ["inactive_reason"] = "inactiveReason",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
                      ["ordered_max_wait"] = "orderedMaxWait",
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
                    ["enums"] = {
                      ["entityType"] = {
                        ["entityType"] = "CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["entity_type"] = {
                        ["entity_type"] = "CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["type"] = {
                        ["destination.type"] = "SQS, SNS",
                      },
                    },
                    ["resource"] = "subscription",
                    ["spelling"] = {
                      ["access_key"] = "accessKey",
                      ["access_secret"] = "accessSecret",
                      ["entity_type"] = "entityType",
                      ["inactive_reason"] = "inactiveReason",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
                      ["ordered_max_wait"] = "orderedMaxWait",
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
                    ["enums"] = {
                      ["event_source"] = {
                        ["event_source"] = "SYSTEM, CONNECTOR, APPLICATION, SERVERLESS",
                      },
                      ["event_type"] = {
                        ["event_type"] = "ENTITY_EVENT, SYSTEM_EVENT, FAULT, WARNING, ORDER, ORDER_ENTRY, CUSTOMER, ADDRESS, PRODUCT, VARIANT_PRODUCT, INVENTORY_LEVEL, INVENTORY_LOCATION, INVENTORY_ITEM, STORE, MERCHANT, WISHLIST, WISHLIST_ITEM, OTHER, EVENT",
                      },
                      ["operation"] = {
                        ["event_payload.operation"] = "BULK_UPDATE, BULK_CREATE, CREATE, READ, DELETE, UPDATE",
                      },
                    },
                    ["resource"] = "event",
                  },
                },
                ["segments"] = {
                  ["actions"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["resource"] = "event",
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
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
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
                        ["resource"] = "event",
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
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
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
                        ["enums"] = {
                          ["event_source"] = {
                            ["events.event_source"] = "SYSTEM, CONNECTOR, APPLICATION, SERVERLESS",
                          },
                          ["event_type"] = {
                            ["events.event_type"] = "ENTITY_EVENT, SYSTEM_EVENT, FAULT, WARNING, ORDER, ORDER_ENTRY, CUSTOMER, ADDRESS, PRODUCT, VARIANT_PRODUCT, INVENTORY_LEVEL, INVENTORY_LOCATION, INVENTORY_ITEM, STORE, MERCHANT, WISHLIST, WISHLIST_ITEM, OTHER, EVENT",
                          },
                          ["operation"] = {
                            ["events.event_payload.operation"] = "BULK_UPDATE, BULK_CREATE, CREATE, READ, DELETE, UPDATE",
                          },
                        },
                        ["resource"] = "BatchCreateEventsRequest",
                      },
                    },
                  },
                  ["orders"] = {
                    ["closed"] = true,
                    ["dialect"] = "loyalty",
                    ["methods"] = {
                      ["POST"] = {
                        ["body"] = "json",
                        ["resource"] = "event",
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
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
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
                        ["resource"] = "event",
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
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
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
                        ["resource"] = "event",
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
                          ["rewards_eligible_total"] = "rewardsEligibleTotal",
                          ["shipping_address"] = "shippingAddress",
                          ["shipping_total"] = "shippingTotal",
                          ["state_code"] = "stateCode",
                          ["tax_total"] = "taxTotal",
                          ["tenant_id"] = "tenantId",
                          ["total_price"] = "totalPrice",
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
                          ["resource"] = "ListEventDeliveriesRequest",
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
                    ["resource"] = "ListJobsRequest",
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["enums"] = {
                      ["catch_up"] = {
                        ["catch_up"] = "NONE, LATEST, ALL",
                      },
                      ["notification"] = {
                        ["notification"] = "REMINDER, PRICE_DROP, LOW_STOCK, BACK_IN_STOCK",
                      },
                      ["overlap"] = {
                        ["overlap"] = "SKIP, QUEUE",
                      },
                    },
                    ["resource"] = "job",
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
                      ["enums"] = {
                        ["catch_up"] = {
                          ["catch_up"] = "NONE, LATEST, ALL",
                        },
                        ["notification"] = {
                          ["notification"] = "REMINDER, PRICE_DROP, LOW_STOCK, BACK_IN_STOCK",
                        },
                        ["overlap"] = {
                          ["overlap"] = "SKIP, QUEUE",
                        },
                      },
                      ["resource"] = "job",
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
              ["orders"] = {
                ["dialect"] = "loyalty",
                ["variable"] = {
                  ["dialect"] = "loyalty",
                  ["segments"] = {
                    ["reverse"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["resource"] = "ReverseOrderRequest",
                          ["spelling"] = {
                            ["order_id"] = "orderId",
                          },
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
                  },
                  ["POST"] = {
                    ["body"] = "json",
                    ["enums"] = {
                      ["assesses"] = {
                        ["assesses"] = "ACTION, ORDER, TRANSACTION, SPEND, BASKET",
                      },
                      ["base"] = {
                        ["fulfilments.base"] = "TOTAL, REWARDS_ELIGIBLE_TOTAL",
                      },
                      ["status"] = {
                        ["status"] = "CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
                      },
                      ["type"] = {
                        ["fulfilments.type"] = "POINTS_FLAT, POINTS_PER_UNIT, ADD_TO_SEGMENT, REMOVE_FROM_SEGMENT, SEND_EMAIL, CALL_WEBHOOK, EMIT_TOPIC, VOUCHER, BASKET_DISCOUNT_PERCENT, BASKET_DISCOUNT_AMOUNT, DELIVERY_DISCOUNT_PERCENT, DELIVERY_DISCOUNT_AMOUNT, PRODUCT_DISCOUNT_PERCENT, PRODUCT_DISCOUNT_AMOUNT",
                      },
                    },
                    ["resource"] = "rule",
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
                    },
                    ["PUT"] = {
                      ["body"] = "json",
                      ["enums"] = {
                        ["assesses"] = {
                          ["assesses"] = "ACTION, ORDER, TRANSACTION, SPEND, BASKET",
                        },
                        ["base"] = {
                          ["fulfilments.base"] = "TOTAL, REWARDS_ELIGIBLE_TOTAL",
                        },
                        ["status"] = {
                          ["status"] = "CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
                        },
                        ["type"] = {
                          ["fulfilments.type"] = "POINTS_FLAT, POINTS_PER_UNIT, ADD_TO_SEGMENT, REMOVE_FROM_SEGMENT, SEND_EMAIL, CALL_WEBHOOK, EMIT_TOPIC, VOUCHER, BASKET_DISCOUNT_PERCENT, BASKET_DISCOUNT_AMOUNT, DELIVERY_DISCOUNT_PERCENT, DELIVERY_DISCOUNT_AMOUNT, PRODUCT_DISCOUNT_PERCENT, PRODUCT_DISCOUNT_AMOUNT",
                        },
                      },
                      ["resource"] = "rule",
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
                        },
                      },
                    },
                    ["backtest"] = {
                      ["dialect"] = "loyalty",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["resource"] = "range",
                          ["spelling"] = {
                            ["rule_id"] = "ruleId",
                          },
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
                    ["redeliver-failed"] = {
                      ["dialect"] = "collector",
                      ["methods"] = {
                        ["POST"] = {
                          ["body"] = "json",
                          ["claimed"] = {
                            ["id"] = true,
                          },
                          ["resource"] = "RedeliverFailedRequest",
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
                          ["resource"] = "ReplaySubscriptionRequest",
                        },
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
                      ["event_status"] = "eventStatus",
                      ["event_type"] = "eventType",
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
                        ["resource"] = "event",
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
                        ["resource"] = "event",
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
                  },
                },
                ["variable"] = {
                  ["dialect"] = "orchestration",
                  ["methods"] = {
                    ["GET"] = {
                      ["any_case"] = true,
                      ["query"] = {
                        ["version"] = "version",
                      },
                      ["resource"] = "GetWorkflowRequest",
                    },
                    ["PUT"] = {
                      ["any_case"] = true,
                      ["body"] = "json",
                      ["resource"] = "workflow",
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
                    },
                  },
                  ["segments"] = {
                    ["simulate"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["body"] = "json",
                          ["resource"] = "simulation",
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
                        },
                      },
                    },
                    ["validate"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["body"] = "json",
                          ["resource"] = "workflow",
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
                        },
                      },
                    },
                    ["versions"] = {
                      ["dialect"] = "orchestration",
                      ["methods"] = {
                        ["GET"] = {
                          ["any_case"] = true,
                          ["query"] = {
                            ["count"] = "count",
                            ["start"] = "start",
                          },
                          ["resource"] = "ListWorkflowVersionsRequest",
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
                                ["resource"] = "ActivateWorkflowVersionRequest",
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
                  },
                  ["POST"] = {
                    ["any_case"] = true,
                    ["body"] = "json",
                    ["resource"] = "subscription",
                    ["spelling"] = {
                      ["api_version"] = "apiVersion",
                      ["app_id"] = "appId",
                      ["audit_info"] = "auditInfo",
                      ["content_type"] = "contentType",
                      ["create_by"] = "createBy",
                      ["create_date"] = "createDate",
                      ["inactive_reason"] = "inactiveReason",
                      ["is_active"] = "isActive",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
                      ["no_callback"] = "noCallback",
                      ["notification_delivery_type"] = "notificationDeliveryType",
                      ["ordered_max_wait"] = "orderedMaxWait",
                      ["shared_secret"] = "sharedSecret",
                      ["site_id"] = "siteId",
                      ["start_from"] = "startFrom",
                      ["subscribing_context_level_type"] = "subscribingContextLevelType",
                      ["subscribing_sites"] = "subscribingSites",
                      ["subscribing_tenants"] = "subscribingTenants",
                      ["tenant_id"] = "tenantId",
                      ["update_by"] = "updateBy",
                      ["update_date"] = "updateDate",
                    },
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
                    },
                    ["PUT"] = {
                      ["any_case"] = true,
                      ["body"] = "json",
                      ["resource"] = "subscription",
                      ["spelling"] = {
                        ["api_version"] = "apiVersion",
                        ["app_id"] = "appId",
                        ["audit_info"] = "auditInfo",
                        ["content_type"] = "contentType",
                        ["create_by"] = "createBy",
                        ["create_date"] = "createDate",
                        ["inactive_reason"] = "inactiveReason",
                        ["is_active"] = "isActive",
                        ["last_condition_error"] = "lastConditionError",
                        ["max_concurrency"] = "maxConcurrency",
                        ["max_per_second"] = "maxPerSecond",
                        ["no_callback"] = "noCallback",
                        ["notification_delivery_type"] = "notificationDeliveryType",
                        ["ordered_max_wait"] = "orderedMaxWait",
                        ["shared_secret"] = "sharedSecret",
                        ["site_id"] = "siteId",
                        ["start_from"] = "startFrom",
                        ["subscribing_context_level_type"] = "subscribingContextLevelType",
                        ["subscribing_sites"] = "subscribingSites",
                        ["subscribing_tenants"] = "subscribingTenants",
                        ["tenant_id"] = "tenantId",
                        ["update_by"] = "updateBy",
                        ["update_date"] = "updateDate",
                      },
                    },
                  },
                  ["segments"] = {
                    ["confirm"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["resource"] = "ConfirmSubscriptionRequest",
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
                        },
                      },
                    },
                    ["test"] = {
                      ["dialect"] = "push",
                      ["methods"] = {
                        ["POST"] = {
                          ["any_case"] = true,
                          ["resource"] = "TestSubscriptionRequest",
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
                    ["in_xml"] = true,
                    ["resource"] = "credentials",
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
                ["resource"] = "ListScheduledEventsRequest",
              },
              ["POST"] = {
                ["body"] = "json",
                ["enums"] = {
                  ["actionType"] = {
                    ["actionType"] = "SEND_EMAIL, BEST_BEFORE_EMAIL, UNDELIVERED_ORDER_EMAIL",
                  },
                  ["action_type"] = {
                    ["action_type"] = "SEND_EMAIL, BEST_BEFORE_EMAIL, UNDELIVERED_ORDER_EMAIL",
                  },
                  ["triggerType"] = {
                    ["triggerType"] = "TIME, EVENT",
                  },
                  ["trigger_type"] = {
                    ["trigger_type"] = "TIME, EVENT",
                  },
                },
                ["error_code"] = 907002,
                ["in_xml"] = true,
                ["resource"] = "event",
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
