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
                    ["fields"] = {
                      ["grants"] = {
                        ["grants"] = "must be a text",
                      },
                      ["retailerId"] = {
                        ["retailerId"] = "must be a text",
                      },
                      ["retailer_id"] = {
                        ["retailer_id"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["tenantId"] = "must be a text",
                      },
                      ["tenant_id"] = {
                        ["tenant_id"] = "must be a text",
                      },
                    },
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
                          ["fields"] = {
                            ["id"] = {
                              ["id"] = "must be a text",
                            },
                            ["password"] = {
                              ["password"] = "must be a text",
                            },
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
                    ["fields"] = {
                      ["audience"] = {
                        ["audience"] = "must be a text",
                      },
                      ["grants"] = {
                        ["grants"] = "must be a text",
                      },
                      ["issuer"] = {
                        ["issuer"] = "must be a text",
                      },
                      ["jwksUrl"] = {
                        ["jwksUrl"] = "must be a text",
                      },
                      ["jwks_url"] = {
                        ["jwks_url"] = "must be a text",
                      },
                      ["retailerClaim"] = {
                        ["retailerClaim"] = "must be a text",
                      },
                      ["retailer_claim"] = {
                        ["retailer_claim"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["tenantId"] = "must be a text",
                      },
                      ["tenant_id"] = {
                        ["tenant_id"] = "must be a text",
                      },
                    },
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
                    ["fields"] = {
                      ["expiresAt"] = {
                        ["expiresAt"] = "must be a text",
                      },
                      ["expires_at"] = {
                        ["expires_at"] = "must be a text",
                      },
                      ["grants"] = {
                        ["grants"] = "must be a text",
                      },
                      ["storeId"] = {
                        ["storeId"] = "must be a text",
                      },
                      ["store_id"] = {
                        ["store_id"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["tenantId"] = "must be a text",
                      },
                      ["tenant_id"] = {
                        ["tenant_id"] = "must be a text",
                      },
                    },
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
                    ["fields"] = {
                      ["expiresAt"] = {
                        ["expiresAt"] = "must be a text",
                      },
                      ["expires_at"] = {
                        ["expires_at"] = "must be a text",
                      },
                      ["name"] = {
                        ["name"] = "must be a text",
                      },
                    },
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
                    ["fields"] = {
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["name"] = {
                        ["name"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["tenantId"] = "must be a text",
                      },
                      ["tenant_id"] = {
                        ["tenant_id"] = "must be a text",
                      },
                    },
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
                    ["fields"] = {
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["name"] = {
                        ["name"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["tenantId"] = "must be a text",
                      },
                      ["tenant_id"] = {
                        ["tenant_id"] = "must be a text",
                      },
                    },
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
                    ["fields"] = {
                      ["name"] = {
                        ["name"] = "must be a text",
                      },
                    },
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
                              ["fields"] = {
                                ["contacts"] = {
                                  ["contacts"] = "must be a text",
                                },
                                ["customerIds"] = {
                                  ["customerIds"] = "must be a text",
                                },
                                ["customer_ids"] = {
                                  ["customer_ids"] = "must be a text",
                                },
                              },
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
                              ["fields"] = {
                                ["contacts"] = {
                                  ["contacts"] = "must be a text",
                                },
                                ["customerIds"] = {
                                  ["customerIds"] = "must be a text",
                                },
                                ["customer_ids"] = {
                                  ["customer_ids"] = "must be a text",
                                },
                              },
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
                          ["fields"] = {
                            ["events"] = {
                              ["used.events"] = "must be a whole number",
                            },
                            ["eventsPerSecond"] = {
                              ["eventsPerSecond"] = "must be a whole number of 32 bits",
                            },
                            ["events_per_second"] = {
                              ["events_per_second"] = "must be a whole number of 32 bits",
                            },
                            ["storageBytes"] = {
                              ["storageBytes"] = "must be a whole number",
                              ["used.storageBytes"] = "must be a whole number",
                            },
                            ["storage_bytes"] = {
                              ["storage_bytes"] = "must be a whole number",
                              ["used.storage_bytes"] = "must be a whole number",
                            },
                            ["subscriptions"] = {
                              ["subscriptions"] = "must be a whole number of 32 bits",
                              ["used.subscriptions"] = "must be a whole number of 32 bits",
                            },
                          },
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
                    ["fields"] = {
                      ["expiresAt"] = {
                        ["expiresAt"] = "must be a text",
                      },
                      ["expires_at"] = {
                        ["expires_at"] = "must be a text",
                      },
                      ["grants"] = {
                        ["grants"] = "must be a text",
                      },
                      ["password"] = {
                        ["password"] = "must be a text",
                      },
                      ["retailerId"] = {
                        ["retailerId"] = "must be a text",
                      },
                      ["retailer_id"] = {
                        ["retailer_id"] = "must be a text",
                      },
                      ["storeId"] = {
                        ["storeId"] = "must be a text",
                      },
                      ["store_id"] = {
                        ["store_id"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["tenantId"] = "must be a text",
                      },
                      ["tenant_id"] = {
                        ["tenant_id"] = "must be a text",
                      },
                      ["username"] = {
                        ["username"] = "must be a text",
                      },
                    },
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
                        ["fields"] = {
                          ["apiVersion"] = {
                            ["apiVersion"] = "must be a text",
                          },
                          ["api_version"] = {
                            ["api_version"] = "must be a text",
                          },
                          ["appId"] = {
                            ["appId"] = "must be a text",
                          },
                          ["app_id"] = {
                            ["app_id"] = "must be a text",
                          },
                          ["condition"] = {
                            ["condition"] = "must be a text",
                          },
                          ["confirmed"] = {
                            ["confirmed"] = "must be true or false",
                          },
                          ["contentType"] = {
                            ["contentType"] = "must be a text",
                          },
                          ["content_type"] = {
                            ["content_type"] = "must be a text",
                          },
                          ["createBy"] = {
                            ["createBy"] = "must be a text",
                            ["subscribingTenants.auditInfo.createBy"] = "must be a text",
                            ["subscribingTenants.audit_info.createBy"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.createBy"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                            ["subscribing_tenants.auditInfo.createBy"] = "must be a text",
                            ["subscribing_tenants.audit_info.createBy"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.createBy"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                          },
                          ["createDate"] = {
                            ["createDate"] = "must be a text",
                            ["subscribingTenants.auditInfo.createDate"] = "must be a text",
                            ["subscribingTenants.audit_info.createDate"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.createDate"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                            ["subscribing_tenants.auditInfo.createDate"] = "must be a text",
                            ["subscribing_tenants.audit_info.createDate"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.createDate"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                          },
                          ["create_by"] = {
                            ["create_by"] = "must be a text",
                            ["subscribingTenants.auditInfo.create_by"] = "must be a text",
                            ["subscribingTenants.audit_info.create_by"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.create_by"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                            ["subscribing_tenants.auditInfo.create_by"] = "must be a text",
                            ["subscribing_tenants.audit_info.create_by"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.create_by"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                          },
                          ["create_date"] = {
                            ["create_date"] = "must be a text",
                            ["subscribingTenants.auditInfo.create_date"] = "must be a text",
                            ["subscribingTenants.audit_info.create_date"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.create_date"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                            ["subscribing_tenants.auditInfo.create_date"] = "must be a text",
                            ["subscribing_tenants.audit_info.create_date"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.create_date"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                          },
                          ["endpoint"] = {
                            ["endpoint"] = "must be a text",
                          },
                          ["failingSince"] = {
                            ["failingSince"] = "must be a text",
                          },
                          ["failing_since"] = {
                            ["failing_since"] = "must be a text",
                          },
                          ["id"] = {
                            ["id"] = "must be a text",
                          },
                          ["inactiveReason"] = {
                            ["inactiveReason"] = "must be a text",
                          },
                          ["inactive_reason"] = {
                            ["inactive_reason"] = "must be a text",
                          },
                          ["isActive"] = {
                            ["isActive"] = "must be true or false",
                            ["subscribingTenants.isActive"] = "must be true or false",
                            ["subscribingTenants.subscribingSites.isActive"] = "must be true or false",
                            ["subscribingTenants.subscribing_sites.isActive"] = "must be true or false",
                            ["subscribing_tenants.isActive"] = "must be true or false",
                            ["subscribing_tenants.subscribingSites.isActive"] = "must be true or false",
                            ["subscribing_tenants.subscribing_sites.isActive"] = "must be true or false",
                          },
                          ["is_active"] = {
                            ["is_active"] = "must be true or false",
                            ["subscribingTenants.is_active"] = "must be true or false",
                            ["subscribingTenants.subscribingSites.is_active"] = "must be true or false",
                            ["subscribingTenants.subscribing_sites.is_active"] = "must be true or false",
                            ["subscribing_tenants.is_active"] = "must be true or false",
                            ["subscribing_tenants.subscribingSites.is_active"] = "must be true or false",
                            ["subscribing_tenants.subscribing_sites.is_active"] = "must be true or false",
                          },
                          ["lastConditionError"] = {
                            ["lastConditionError"] = "must be a text",
                          },
                          ["last_condition_error"] = {
                            ["last_condition_error"] = "must be a text",
                          },
                          ["maxConcurrency"] = {
                            ["maxConcurrency"] = "must be a whole number of 32 bits",
                          },
                          ["maxPerSecond"] = {
                            ["maxPerSecond"] = "must be a whole number of 32 bits",
                          },
                          ["max_concurrency"] = {
                            ["max_concurrency"] = "must be a whole number of 32 bits",
                          },
                          ["max_per_second"] = {
                            ["max_per_second"] = "must be a whole number of 32 bits",
                          },
                          ["noCallback"] = {
                            ["noCallback"] = "must be true or false",
                          },
                          ["no_callback"] = {
                            ["no_callback"] = "must be true or false",
                          },
                          ["notificationDeliveryType"] = {
                            ["notificationDeliveryType"] = "must be a text",
                          },
                          ["notification_delivery_type"] = {
                            ["notification_delivery_type"] = "must be a text",
                          },
                          ["ordered"] = {
                            ["ordered"] = "must be true or false",
                          },
                          ["pauseReason"] = {
                            ["pauseReason"] = "must be a text",
                          },
                          ["pause_reason"] = {
                            ["pause_reason"] = "must be a text",
                          },
                          ["pausedUntil"] = {
                            ["pausedUntil"] = "must be a text",
                          },
                          ["paused_until"] = {
                            ["paused_until"] = "must be a text",
                          },
                          ["sharedSecret"] = {
                            ["sharedSecret"] = "must be a text",
                          },
                          ["shared_secret"] = {
                            ["shared_secret"] = "must be a text",
                          },
                          ["signingSecret"] = {
                            ["signingSecret"] = "must be a text",
                          },
                          ["signing_secret"] = {
                            ["signing_secret"] = "must be a text",
                          },
                          ["siteId"] = {
                            ["subscribingTenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                            ["subscribingTenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                            ["subscribing_tenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                            ["subscribing_tenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                          },
                          ["site_id"] = {
                            ["subscribingTenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                            ["subscribingTenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                            ["subscribing_tenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                            ["subscribing_tenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                          },
                          ["startFrom"] = {
                            ["startFrom"] = "must be a text",
                          },
                          ["start_from"] = {
                            ["start_from"] = "must be a text",
                          },
                          ["subscribingContextLevelType"] = {
                            ["subscribingTenants.subscribingContextLevelType"] = "must be a text",
                            ["subscribing_tenants.subscribingContextLevelType"] = "must be a text",
                          },
                          ["subscribing_context_level_type"] = {
                            ["subscribingTenants.subscribing_context_level_type"] = "must be a text",
                            ["subscribing_tenants.subscribing_context_level_type"] = "must be a text",
                          },
                          ["tenantId"] = {
                            ["subscribingTenants.tenantId"] = "must be a whole number of 32 bits",
                            ["subscribing_tenants.tenantId"] = "must be a whole number of 32 bits",
                          },
                          ["tenant_id"] = {
                            ["subscribingTenants.tenant_id"] = "must be a whole number of 32 bits",
                            ["subscribing_tenants.tenant_id"] = "must be a whole number of 32 bits",
                          },
                          ["topics"] = {
                            ["topics"] = "must be a text",
                          },
                          ["updateBy"] = {
                            ["subscribingTenants.auditInfo.updateBy"] = "must be a text",
                            ["subscribingTenants.audit_info.updateBy"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                            ["subscribing_tenants.auditInfo.updateBy"] = "must be a text",
                            ["subscribing_tenants.audit_info.updateBy"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                            ["updateBy"] = "must be a text",
                          },
                          ["updateDate"] = {
                            ["subscribingTenants.auditInfo.updateDate"] = "must be a text",
                            ["subscribingTenants.audit_info.updateDate"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                            ["subscribing_tenants.auditInfo.updateDate"] = "must be a text",
                            ["subscribing_tenants.audit_info.updateDate"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                            ["updateDate"] = "must be a text",
                          },
                          ["update_by"] = {
                            ["subscribingTenants.auditInfo.update_by"] = "must be a text",
                            ["subscribingTenants.audit_info.update_by"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.update_by"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                            ["subscribing_tenants.auditInfo.update_by"] = "must be a text",
                            ["subscribing_tenants.audit_info.update_by"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.update_by"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                            ["update_by"] = "must be a text",
                          },
                          ["update_date"] = {
                            ["subscribingTenants.auditInfo.update_date"] = "must be a text",
                            ["subscribingTenants.audit_info.update_date"] = "must be a text",
                            ["subscribingTenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                            ["subscribingTenants.subscribingSites.audit_info.update_date"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                            ["subscribingTenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                            ["subscribing_tenants.auditInfo.update_date"] = "must be a text",
                            ["subscribing_tenants.audit_info.update_date"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                            ["subscribing_tenants.subscribingSites.audit_info.update_date"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                            ["subscribing_tenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                            ["update_date"] = "must be a text",
                          },
                        },
                        ["resource"] = "subscription",
                        ["spelling"] = {
                          ["api_version"] = "apiVersion",
                          ["app_id"] = "appId",
                          ["audit_info"] = "auditInfo",
                          ["content_type"] = "contentType",
                          ["create_by"] = "createBy",
                          ["create_date"] = "createDate",
                          ["failing_since"] = "failingSince",
                          ["inactive_reason"] = "inactiveReason",
                          ["is_active"] = "isActive",
                          ["last_condition_error"] = "lastConditionError",
                          ["max_concurrency"] = "maxConcurrency",
                          ["max_per_second"] = "maxPerSecond",
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
                          ["fields"] = {
                            ["apiVersion"] = {
                              ["apiVersion"] = "must be a text",
                            },
                            ["api_version"] = {
                              ["api_version"] = "must be a text",
                            },
                            ["appId"] = {
                              ["appId"] = "must be a text",
                            },
                            ["app_id"] = {
                              ["app_id"] = "must be a text",
                            },
                            ["condition"] = {
                              ["condition"] = "must be a text",
                            },
                            ["confirmed"] = {
                              ["confirmed"] = "must be true or false",
                            },
                            ["contentType"] = {
                              ["contentType"] = "must be a text",
                            },
                            ["content_type"] = {
                              ["content_type"] = "must be a text",
                            },
                            ["createBy"] = {
                              ["createBy"] = "must be a text",
                              ["subscribingTenants.auditInfo.createBy"] = "must be a text",
                              ["subscribingTenants.audit_info.createBy"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.createBy"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                              ["subscribing_tenants.auditInfo.createBy"] = "must be a text",
                              ["subscribing_tenants.audit_info.createBy"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.createBy"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                            },
                            ["createDate"] = {
                              ["createDate"] = "must be a text",
                              ["subscribingTenants.auditInfo.createDate"] = "must be a text",
                              ["subscribingTenants.audit_info.createDate"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.createDate"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                              ["subscribing_tenants.auditInfo.createDate"] = "must be a text",
                              ["subscribing_tenants.audit_info.createDate"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.createDate"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                            },
                            ["create_by"] = {
                              ["create_by"] = "must be a text",
                              ["subscribingTenants.auditInfo.create_by"] = "must be a text",
                              ["subscribingTenants.audit_info.create_by"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.create_by"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                              ["subscribing_tenants.auditInfo.create_by"] = "must be a text",
                              ["subscribing_tenants.audit_info.create_by"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.create_by"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                            },
                            ["create_date"] = {
                              ["create_date"] = "must be a text",
                              ["subscribingTenants.auditInfo.create_date"] = "must be a text",
                              ["subscribingTenants.audit_info.create_date"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.create_date"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                              ["subscribing_tenants.auditInfo.create_date"] = "must be a text",
                              ["subscribing_tenants.audit_info.create_date"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.create_date"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                            },
                            ["endpoint"] = {
                              ["endpoint"] = "must be a text",
                            },
                            ["failingSince"] = {
                              ["failingSince"] = "must be a text",
                            },
                            ["failing_since"] = {
                              ["failing_since"] = "must be a text",
                            },
                            ["id"] = {
                              ["id"] = "must be a text",
                            },
                            ["inactiveReason"] = {
                              ["inactiveReason"] = "must be a text",
                            },
                            ["inactive_reason"] = {
                              ["inactive_reason"] = "must be a text",
                            },
                            ["isActive"] = {
                              ["isActive"] = "must be true or false",
                              ["subscribingTenants.isActive"] = "must be true or false",
                              ["subscribingTenants.subscribingSites.isActive"] = "must be true or false",
                              ["subscribingTenants.subscribing_sites.isActive"] = "must be true or false",
                              ["subscribing_tenants.isActive"] = "must be true or false",
                              ["subscribing_tenants.subscribingSites.isActive"] = "must be true or false",
                              ["subscribing_tenants.subscribing_sites.isActive"] = "must be true or false",
                            },
                            ["is_active"] = {
                              ["is_active"] = "must be true or false",
                              ["subscribingTenants.is_active"] = "must be true or false",
                              ["subscribingTenants.subscribingSites.is_active"] = "must be true or false",
                              ["subscribingTenants.subscribing_sites.is_active"] = "must be true or false",
                              ["subscribing_tenants.is_active"] = "must be true or false",
                              ["subscribing_tenants.subscribingSites.is_active"] = "must be true or false",
                              ["subscribing_tenants.subscribing_sites.is_active"] = "must be true or false",
                            },
                            ["lastConditionError"] = {
                              ["lastConditionError"] = "must be a text",
                            },
                            ["last_condition_error"] = {
                              ["last_condition_error"] = "must be a text",
                            },
                            ["maxConcurrency"] = {
                              ["maxConcurrency"] = "must be a whole number of 32 bits",
                            },
                            ["maxPerSecond"] = {
                              ["maxPerSecond"] = "must be a whole number of 32 bits",
                            },
                            ["max_concurrency"] = {
                              ["max_concurrency"] = "must be a whole number of 32 bits",
                            },
                            ["max_per_second"] = {
                              ["max_per_second"] = "must be a whole number of 32 bits",
                            },
                            ["noCallback"] = {
                              ["noCallback"] = "must be true or false",
                            },
                            ["no_callback"] = {
                              ["no_callback"] = "must be true or false",
                            },
                            ["notificationDeliveryType"] = {
                              ["notificationDeliveryType"] = "must be a text",
                            },
                            ["notification_delivery_type"] = {
                              ["notification_delivery_type"] = "must be a text",
                            },
                            ["ordered"] = {
                              ["ordered"] = "must be true or false",
                            },
                            ["pauseReason"] = {
                              ["pauseReason"] = "must be a text",
                            },
                            ["pause_reason"] = {
                              ["pause_reason"] = "must be a text",
                            },
                            ["pausedUntil"] = {
                              ["pausedUntil"] = "must be a text",
                            },
                            ["paused_until"] = {
                              ["paused_until"] = "must be a text",
                            },
                            ["sharedSecret"] = {
                              ["sharedSecret"] = "must be a text",
                            },
                            ["shared_secret"] = {
                              ["shared_secret"] = "must be a text",
                            },
                            ["signingSecret"] = {
                              ["signingSecret"] = "must be a text",
                            },
                            ["signing_secret"] = {
                              ["signing_secret"] = "must be a text",
                            },
                            ["siteId"] = {
                              ["subscribingTenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                              ["subscribingTenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                              ["subscribing_tenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                              ["subscribing_tenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                            },
                            ["site_id"] = {
                              ["subscribingTenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                              ["subscribingTenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                              ["subscribing_tenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                              ["subscribing_tenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                            },
                            ["startFrom"] = {
                              ["startFrom"] = "must be a text",
                            },
                            ["start_from"] = {
                              ["start_from"] = "must be a text",
                            },
                            ["subscribingContextLevelType"] = {
                              ["subscribingTenants.subscribingContextLevelType"] = "must be a text",
                              ["subscribing_tenants.subscribingContextLevelType"] = "must be a text",
                            },
                            ["subscribing_context_level_type"] = {
                              ["subscribingTenants.subscribing_context_level_type"] = "must be a text",
                              ["subscribing_tenants.subscribing_context_level_type"] = "must be a text",
                            },
                            ["tenantId"] = {
                              ["subscribingTenants.tenantId"] = "must be a whole number of 32 bits",
                              ["subscribing_tenants.tenantId"] = "must be a whole number of 32 bits",
                            },
                            ["tenant_id"] = {
                              ["subscribingTenants.tenant_id"] = "must be a whole number of 32 bits",
                              ["subscribing_tenants.tenant_id"] = "must be a whole number of 32 bits",
                            },
                            ["topics"] = {
                              ["topics"] = "must be a text",
                            },
                            ["updateBy"] = {
                              ["subscribingTenants.auditInfo.updateBy"] = "must be a text",
                              ["subscribingTenants.audit_info.updateBy"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                              ["subscribing_tenants.auditInfo.updateBy"] = "must be a text",
                              ["subscribing_tenants.audit_info.updateBy"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                              ["updateBy"] = "must be a text",
                            },
                            ["updateDate"] = {
                              ["subscribingTenants.auditInfo.updateDate"] = "must be a text",
                              ["subscribingTenants.audit_info.updateDate"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                              ["subscribing_tenants.auditInfo.updateDate"] = "must be a text",
                              ["subscribing_tenants.audit_info.updateDate"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                              ["updateDate"] = "must be a text",
                            },
                            ["update_by"] = {
                              ["subscribingTenants.auditInfo.update_by"] = "must be a text",
                              ["subscribingTenants.audit_info.update_by"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.update_by"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                              ["subscribing_tenants.auditInfo.update_by"] = "must be a text",
                              ["subscribing_tenants.audit_info.update_by"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.update_by"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                              ["update_by"] = "must be a text",
                            },
                            ["update_date"] = {
                              ["subscribingTenants.auditInfo.update_date"] = "must be a text",
                              ["subscribingTenants.audit_info.update_date"] = "must be a text",
                              ["subscribingTenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                              ["subscribingTenants.subscribingSites.audit_info.update_date"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                              ["subscribingTenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                              ["subscribing_tenants.auditInfo.update_date"] = "must be a text",
                              ["subscribing_tenants.audit_info.update_date"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                              ["subscribing_tenants.subscribingSites.audit_info.update_date"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                              ["subscribing_tenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                              ["update_date"] = "must be a text",
                            },
                          },
                          ["resource"] = "subscription",
                          ["spelling"] = {
                            ["api_version"] = "apiVersion",
                            ["app_id"] = "appId",
                            ["audit_info"] = "auditInfo",
                            ["content_type"] = "contentType",
                            ["create_by"] = "createBy",
                            ["create_date"] = "createDate",
                            ["failing_since"] = "failingSince",
                            ["inactive_reason"] = "inactiveReason",
                            ["is_active"] = "isActive",
                            ["last_condition_error"] = "lastConditionError",
                            ["max_concurrency"] = "maxConcurrency",
                            ["max_per_second"] = "maxPerSecond",
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
                      ["fields"] = {
                        ["acceptTerms"] = {
                          ["acceptTerms"] = "must be true or false",
                        },
                        ["accept_terms"] = {
                          ["accept_terms"] = "must be true or false",
                        },
                        ["contactPhone"] = {
                          ["contactPhone"] = "must be a text",
                        },
                        ["contact_phone"] = {
                          ["contact_phone"] = "must be a text",
                        },
                        ["dateOfBirth"] = {
                          ["dateOfBirth"] = "must be a text",
                        },
                        ["date_of_birth"] = {
                          ["date_of_birth"] = "must be a text",
                        },
                        ["displayName"] = {
                          ["displayName"] = "must be a text",
                        },
                        ["display_name"] = {
                          ["display_name"] = "must be a text",
                        },
                        ["emailAddress"] = {
                          ["emailAddress"] = "must be a text",
                        },
                        ["email_address"] = {
                          ["email_address"] = "must be a text",
                        },
                        ["externalReference"] = {
                          ["externalReference"] = "must be a text",
                        },
                        ["externalStatus"] = {
                          ["externalStatus"] = "must be a text",
                        },
                        ["external_reference"] = {
                          ["external_reference"] = "must be a text",
                        },
                        ["external_status"] = {
                          ["external_status"] = "must be a text",
                        },
                        ["firstName"] = {
                          ["firstName"] = "must be a text",
                        },
                        ["first_name"] = {
                          ["first_name"] = "must be a text",
                        },
                        ["isAccountLocked"] = {
                          ["isAccountLocked"] = "must be true or false",
                        },
                        ["is_account_locked"] = {
                          ["is_account_locked"] = "must be true or false",
                        },
                        ["key"] = {
                          ["attributes.key"] = "must be a text",
                        },
                        ["lastName"] = {
                          ["lastName"] = "must be a text",
                        },
                        ["last_name"] = {
                          ["last_name"] = "must be a text",
                        },
                        ["mobileNumber"] = {
                          ["mobileNumber"] = "must be a text",
                        },
                        ["mobile_number"] = {
                          ["mobile_number"] = "must be a text",
                        },
                        ["optinEmail"] = {
                          ["optinEmail"] = "must be true or false",
                        },
                        ["optinSms"] = {
                          ["optinSms"] = "must be true or false",
                        },
                        ["optin_email"] = {
                          ["optin_email"] = "must be true or false",
                        },
                        ["optin_sms"] = {
                          ["optin_sms"] = "must be true or false",
                        },
                        ["value"] = {
                          ["attributes.value"] = "must be a text",
                        },
                      },
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
                    ["fields"] = {
                      ["age"] = {
                        ["expiry.age"] = "must be a text",
                      },
                      ["base"] = {
                        ["base"] = "must be one of TOTAL, REWARDS_ELIGIBLE_TOTAL",
                      },
                      ["changedAt"] = {
                        ["changedAt"] = "must be a text",
                      },
                      ["changed_at"] = {
                        ["changed_at"] = "must be a text",
                      },
                      ["createdAt"] = {
                        ["createdAt"] = "must be a text",
                      },
                      ["created_at"] = {
                        ["created_at"] = "must be a text",
                      },
                      ["economyId"] = {
                        ["economyId"] = "must be a text",
                      },
                      ["economy_id"] = {
                        ["economy_id"] = "must be a text",
                      },
                      ["effectiveFrom"] = {
                        ["effectiveFrom"] = "must be a text",
                      },
                      ["effectiveTo"] = {
                        ["effectiveTo"] = "must be a text",
                      },
                      ["effective_from"] = {
                        ["effective_from"] = "must be a text",
                      },
                      ["effective_to"] = {
                        ["effective_to"] = "must be a text",
                      },
                      ["inactivity"] = {
                        ["expiry.inactivity"] = "must be a text",
                      },
                      ["name"] = {
                        ["levels.name"] = "must be a text",
                        ["name"] = "must be a text",
                      },
                      ["pointsPerUnit"] = {
                        ["levels.pointsPerUnit"] = "must be a number",
                        ["pointsPerUnit"] = "must be a number",
                      },
                      ["points_per_unit"] = {
                        ["levels.points_per_unit"] = "must be a number",
                        ["points_per_unit"] = "must be a number",
                      },
                      ["spend"] = {
                        ["levels.spend"] = "must be a number",
                      },
                      ["startAfterDays"] = {
                        ["startAfterDays"] = "must be a whole number of 32 bits",
                      },
                      ["start_after_days"] = {
                        ["start_after_days"] = "must be a whole number of 32 bits",
                      },
                      ["status"] = {
                        ["status"] = "must be one of CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
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
                      ["fields"] = {
                        ["age"] = {
                          ["expiry.age"] = "must be a text",
                        },
                        ["base"] = {
                          ["base"] = "must be one of TOTAL, REWARDS_ELIGIBLE_TOTAL",
                        },
                        ["changedAt"] = {
                          ["changedAt"] = "must be a text",
                        },
                        ["changed_at"] = {
                          ["changed_at"] = "must be a text",
                        },
                        ["createdAt"] = {
                          ["createdAt"] = "must be a text",
                        },
                        ["created_at"] = {
                          ["created_at"] = "must be a text",
                        },
                        ["economyId"] = {
                          ["economyId"] = "must be a text",
                        },
                        ["economy_id"] = {
                          ["economy_id"] = "must be a text",
                        },
                        ["effectiveFrom"] = {
                          ["effectiveFrom"] = "must be a text",
                        },
                        ["effectiveTo"] = {
                          ["effectiveTo"] = "must be a text",
                        },
                        ["effective_from"] = {
                          ["effective_from"] = "must be a text",
                        },
                        ["effective_to"] = {
                          ["effective_to"] = "must be a text",
                        },
                        ["inactivity"] = {
                          ["expiry.inactivity"] = "must be a text",
                        },
                        ["name"] = {
                          ["levels.name"] = "must be a text",
                          ["name"] = "must be a text",
                        },
                        ["pointsPerUnit"] = {
                          ["levels.pointsPerUnit"] = "must be a number",
                          ["pointsPerUnit"] = "must be a number",
                        },
                        ["points_per_unit"] = {
                          ["levels.points_per_unit"] = "must be a number",
                          ["points_per_unit"] = "must be a number",
                        },
                        ["spend"] = {
                          ["levels.spend"] = "must be a number",
                        },
                        ["startAfterDays"] = {
                          ["startAfterDays"] = "must be a whole number of 32 bits",
                        },
                        ["start_after_days"] = {
                          ["start_after_days"] = "must be a whole number of 32 bits",
                        },
                        ["status"] = {
                          ["status"] = "must be one of CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
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
                    ["fields"] = {
                      ["accessKey"] = {
                        ["destination.sns.accessKey"] = "must be a text",
                        ["destination.sqs.accessKey"] = "must be a text",
                      },
                      ["accessSecret"] = {
                        ["destination.sns.accessSecret"] = "must be a text",
                        ["destination.sqs.accessSecret"] = "must be a text",
                      },
                      ["access_key"] = {
                        ["destination.sns.access_key"] = "must be a text",
                        ["destination.sqs.access_key"] = "must be a text",
                      },
                      ["access_secret"] = {
                        ["destination.sns.access_secret"] = "must be a text",
                        ["destination.sqs.access_secret"] = "must be a text",
                      },
                      ["active"] = {
                        ["active"] = "must be true or false",
                      },
                      ["condition"] = {
                        ["condition"] = "must be a text",
                      },
                      ["entityType"] = {
                        ["entityType"] = "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["entity_type"] = {
                        ["entity_type"] = "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["failingSince"] = {
                        ["failingSince"] = "must be a text",
                      },
                      ["failing_since"] = {
                        ["failing_since"] = "must be a text",
                      },
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["inactiveReason"] = {
                        ["inactiveReason"] = "must be a text",
                      },
                      ["inactive_reason"] = {
                        ["inactive_reason"] = "must be a text",
                      },
                      ["lastConditionError"] = {
                        ["lastConditionError"] = "must be a text",
                      },
                      ["last_condition_error"] = {
                        ["last_condition_error"] = "must be a text",
                      },
                      ["maxConcurrency"] = {
                        ["maxConcurrency"] = "must be a whole number of 32 bits",
                      },
                      ["maxPerSecond"] = {
                        ["maxPerSecond"] = "must be a whole number of 32 bits",
                      },
                      ["max_concurrency"] = {
                        ["max_concurrency"] = "must be a whole number of 32 bits",
                      },
                      ["max_per_second"] = {
                        ["max_per_second"] = "must be a whole number of 32 bits",
                      },
                      ["ordered"] = {
                        ["ordered"] = "must be true or false",
                      },
                      ["pauseReason"] = {
                        ["pauseReason"] = "must be a text",
                      },
                      ["pause_reason"] = {
                        ["pause_reason"] = "must be a text",
                      },
                      ["pausedUntil"] = {
                        ["pausedUntil"] = "must be a text",
                      },
                      ["paused_until"] = {
                        ["paused_until"] = "must be a text",
                      },
                      ["queueUrl"] = {
                        ["destination.sqs.queueUrl"] = "must be a text",
                      },
                      ["queue_url"] = {
                        ["destination.sqs.queue_url"] = "must be a text",
                      },
                      ["region"] = {
                        ["destination.sns.region"] = "must be a text",
                        ["destination.sqs.region"] = "must be a text",
                      },
                      ["startFrom"] = {
                        ["startFrom"] = "must be a text",
                      },
                      ["start_from"] = {
                        ["start_from"] = "must be a text",
                      },
                      ["subscribeChange"] = {
                        ["subscribeChange"] = "must be true or false",
                      },
                      ["subscribeCreate"] = {
                        ["subscribeCreate"] = "must be true or false",
                      },
                      ["subscribeDelete"] = {
                        ["subscribeDelete"] = "must be true or false",
                      },
                      ["subscribe_change"] = {
                        ["subscribe_change"] = "must be true or false",
                      },
                      ["subscribe_create"] = {
                        ["subscribe_create"] = "must be true or false",
                      },
                      ["subscribe_delete"] = {
                        ["subscribe_delete"] = "must be true or false",
                      },
                      ["topicArn"] = {
                        ["destination.sns.topicArn"] = "must be a text",
                      },
                      ["topic_arn"] = {
                        ["destination.sns.topic_arn"] = "must be a text",
                      },
                      ["type"] = {
                        ["destination.type"] = "must be one of SQS, SNS",
                      },
                    },
                    ["resource"] = "subscription",
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
                    ["fields"] = {
                      ["accessKey"] = {
                        ["destination.sns.accessKey"] = "must be a text",
                        ["destination.sqs.accessKey"] = "must be a text",
                      },
                      ["accessSecret"] = {
                        ["destination.sns.accessSecret"] = "must be a text",
                        ["destination.sqs.accessSecret"] = "must be a text",
                      },
                      ["access_key"] = {
                        ["destination.sns.access_key"] = "must be a text",
                        ["destination.sqs.access_key"] = "must be a text",
                      },
                      ["access_secret"] = {
                        ["destination.sns.access_secret"] = "must be a text",
                        ["destination.sqs.access_secret"] = "must be a text",
                      },
                      ["active"] = {
                        ["active"] = "must be true or false",
                      },
                      ["condition"] = {
                        ["condition"] = "must be a text",
                      },
                      ["entityType"] = {
                        ["entityType"] = "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["entity_type"] = {
                        ["entity_type"] = "must be one of CUSTOMER, INVENTORY_LEVEL, INVENTORY_LOCATION, ORDER, PRICE, PRODUCT, VARIANT_PRODUCT, WISHLIST",
                      },
                      ["failingSince"] = {
                        ["failingSince"] = "must be a text",
                      },
                      ["failing_since"] = {
                        ["failing_since"] = "must be a text",
                      },
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["inactiveReason"] = {
                        ["inactiveReason"] = "must be a text",
                      },
                      ["inactive_reason"] = {
                        ["inactive_reason"] = "must be a text",
                      },
                      ["lastConditionError"] = {
                        ["lastConditionError"] = "must be a text",
                      },
                      ["last_condition_error"] = {
                        ["last_condition_error"] = "must be a text",
                      },
                      ["maxConcurrency"] = {
                        ["maxConcurrency"] = "must be a whole number of 32 bits",
                      },
                      ["maxPerSecond"] = {
                        ["maxPerSecond"] = "must be a whole number of 32 bits",
                      },
                      ["max_concurrency"] = {
                        ["max_concurrency"] = "must be a whole number of 32 bits",
                      },
                      ["max_per_second"] = {
                        ["max_per_second"] = "must be a whole number of 32 bits",
                      },
                      ["ordered"] = {
                        ["ordered"] = "must be true or false",
                      },
                      ["pauseReason"] = {
                        ["pauseReason"] = "must be a text",
                      },
                      ["pause_reason"] = {
                        ["pause_reason"] = "must be a text",
                      },
                      ["pausedUntil"] = {
                        ["pausedUntil"] = "must be a text",
                      },
                      ["paused_until"] = {
                        ["paused_until"] = "must be a text",
                      },
                      ["queueUrl"] = {
                        ["destination.sqs.queueUrl"] = "must be a text",
                      },
                      ["queue_url"] = {
                        ["destination.sqs.queue_url"] = "must be a text",
                      },
                      ["region"] = {
                        ["destination.sns.region"] = "must be a text",
                        ["destination.sqs.region"] = "must be a text",
                      },
                      ["startFrom"] = {
                        ["startFrom"] = "must be a text",
                      },
                      ["start_from"] = {
                        ["start_from"] = "must be a text",
                      },
                      ["subscribeChange"] = {
                        ["subscribeChange"] = "must be true or false",
                      },
                      ["subscribeCreate"] = {
                        ["subscribeCreate"] = "must be true or false",
                      },
                      ["subscribeDelete"] = {
                        ["subscribeDelete"] = "must be true or false",
                      },
                      ["subscribe_change"] = {
                        ["subscribe_change"] = "must be true or false",
                      },
                      ["subscribe_create"] = {
                        ["subscribe_create"] = "must be true or false",
                      },
                      ["subscribe_delete"] = {
                        ["subscribe_delete"] = "must be true or false",
                      },
                      ["topicArn"] = {
                        ["destination.sns.topicArn"] = "must be a text",
                      },
                      ["topic_arn"] = {
                        ["destination.sns.topic_arn"] = "must be a text",
                      },
                      ["type"] = {
                        ["destination.type"] = "must be one of SQS, SNS",
                      },
                    },
                    ["resource"] = "subscription",
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
                    ["fields"] = {
                      ["base64_encoded_fault_json"] = {
                        ["event_payload.base64_encoded_fault_json"] = "must be a text",
                      },
                      ["base64_encoded_payload_json"] = {
                        ["event_payload.base64_encoded_payload_json"] = "must be a text",
                      },
                      ["entity_id"] = {
                        ["entity_id"] = "must be a text",
                        ["event_payload.entity_id"] = "must be a text",
                      },
                      ["entity_name"] = {
                        ["entity_name"] = "must be a text",
                      },
                      ["event_source"] = {
                        ["event_source"] = "must be one of SYSTEM, CONNECTOR, APPLICATION, SERVERLESS",
                      },
                      ["event_type"] = {
                        ["event_type"] = "must be one of ENTITY_EVENT, SYSTEM_EVENT, FAULT, WARNING, ORDER, ORDER_ENTRY, CUSTOMER, ADDRESS, PRODUCT, VARIANT_PRODUCT, INVENTORY_LEVEL, INVENTORY_LOCATION, INVENTORY_ITEM, STORE, MERCHANT, WISHLIST, WISHLIST_ITEM, OTHER, EVENT",
                      },
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["operation"] = {
                        ["event_payload.operation"] = "must be one of BULK_UPDATE, BULK_CREATE, CREATE, READ, DELETE, UPDATE",
                      },
                    },
                    ["maps"] = {
                      ["key_attributes"] = {
                        ["event_payload.key_attributes"] = "must be a text",
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
                        ["fields"] = {
                          ["amount"] = {
                            ["action.amount"] = "must be a number",
                            ["basket.surcharges.amount"] = "must be a number",
                          },
                          ["bank"] = {
                            ["order.paymentDetail.bank"] = "must be a text",
                            ["order.payment_detail.bank"] = "must be a text",
                          },
                          ["basketId"] = {
                            ["basket.basketId"] = "must be a text",
                          },
                          ["basketItemId"] = {
                            ["basket.basketItems.basketItemId"] = "must be a text",
                            ["basket.basket_items.basketItemId"] = "must be a text",
                          },
                          ["basketItemPartId"] = {
                            ["basket.basketItems.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basketItemPartId"] = "must be a text",
                          },
                          ["basketTotal"] = {
                            ["basket.basketTotal"] = "must be a number",
                          },
                          ["basket_id"] = {
                            ["basket.basket_id"] = "must be a text",
                          },
                          ["basket_item_id"] = {
                            ["basket.basketItems.basket_item_id"] = "must be a text",
                            ["basket.basket_items.basket_item_id"] = "must be a text",
                          },
                          ["basket_item_part_id"] = {
                            ["basket.basketItems.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basket_item_part_id"] = "must be a text",
                          },
                          ["basket_total"] = {
                            ["basket.basket_total"] = "must be a number",
                          },
                          ["bin"] = {
                            ["order.paymentDetail.bin"] = "must be a text",
                            ["order.payment_detail.bin"] = "must be a text",
                          },
                          ["campaign"] = {
                            ["campaign"] = "must be a text",
                          },
                          ["city"] = {
                            ["basket.billingAddress.city"] = "must be a text",
                            ["basket.billing_address.city"] = "must be a text",
                            ["basket.shippingAddress.city"] = "must be a text",
                            ["basket.shipping_address.city"] = "must be a text",
                            ["order.billingAddress.city"] = "must be a text",
                            ["order.billing_address.city"] = "must be a text",
                            ["order.shippingAddress.city"] = "must be a text",
                            ["order.shipping_address.city"] = "must be a text",
                          },
                          ["count"] = {
                            ["action.count"] = "must be a whole number of 32 bits",
                          },
                          ["country"] = {
                            ["basket.billingAddress.country"] = "must be a text",
                            ["basket.billing_address.country"] = "must be a text",
                            ["basket.shippingAddress.country"] = "must be a text",
                            ["basket.shipping_address.country"] = "must be a text",
                            ["order.billingAddress.country"] = "must be a text",
                            ["order.billing_address.country"] = "must be a text",
                            ["order.shippingAddress.country"] = "must be a text",
                            ["order.shipping_address.country"] = "must be a text",
                          },
                          ["countryCode"] = {
                            ["basket.billingAddress.countryCode"] = "must be a text",
                            ["basket.billing_address.countryCode"] = "must be a text",
                            ["basket.shippingAddress.countryCode"] = "must be a text",
                            ["basket.shipping_address.countryCode"] = "must be a text",
                            ["order.billingAddress.countryCode"] = "must be a text",
                            ["order.billing_address.countryCode"] = "must be a text",
                            ["order.shippingAddress.countryCode"] = "must be a text",
                            ["order.shipping_address.countryCode"] = "must be a text",
                          },
                          ["country_code"] = {
                            ["basket.billingAddress.country_code"] = "must be a text",
                            ["basket.billing_address.country_code"] = "must be a text",
                            ["basket.shippingAddress.country_code"] = "must be a text",
                            ["basket.shipping_address.country_code"] = "must be a text",
                            ["order.billingAddress.country_code"] = "must be a text",
                            ["order.billing_address.country_code"] = "must be a text",
                            ["order.shippingAddress.country_code"] = "must be a text",
                            ["order.shipping_address.country_code"] = "must be a text",
                          },
                          ["createdAt"] = {
                            ["createdAt"] = "must be a text",
                          },
                          ["created_at"] = {
                            ["created_at"] = "must be a text",
                          },
                          ["currencyCode"] = {
                            ["basket.currencyCode"] = "must be a text",
                            ["order.currencyCode"] = "must be a text",
                          },
                          ["currency_code"] = {
                            ["basket.currency_code"] = "must be a text",
                            ["order.currency_code"] = "must be a text",
                          },
                          ["customerId"] = {
                            ["customerId"] = "must be a text",
                          },
                          ["customer_id"] = {
                            ["customer_id"] = "must be a text",
                          },
                          ["description"] = {
                            ["description"] = "must be a text",
                          },
                          ["eventId"] = {
                            ["eventId"] = "must be a text",
                          },
                          ["event_id"] = {
                            ["event_id"] = "must be a text",
                          },
                          ["externalReference"] = {
                            ["basket.customerInfo.externalReference"] = "must be a text",
                            ["basket.customer_info.externalReference"] = "must be a text",
                            ["redemption.externalReference"] = "must be a text",
                          },
                          ["external_reference"] = {
                            ["basket.customerInfo.external_reference"] = "must be a text",
                            ["basket.customer_info.external_reference"] = "must be a text",
                            ["redemption.external_reference"] = "must be a text",
                          },
                          ["financialStatus"] = {
                            ["order.financialStatus"] = "must be a text",
                          },
                          ["financial_status"] = {
                            ["order.financial_status"] = "must be a text",
                          },
                          ["hold"] = {
                            ["redemption.hold"] = "must be true or false",
                          },
                          ["itemPrice"] = {
                            ["basket.basketItems.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basketItems.itemPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basket_items.itemPrice"] = "must be a number",
                            ["order.orderItems.itemPrice"] = "must be a number",
                            ["order.order_items.itemPrice"] = "must be a number",
                          },
                          ["item_price"] = {
                            ["basket.basketItems.basketItemParts.item_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basketItems.item_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.item_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basket_items.item_price"] = "must be a number",
                            ["order.orderItems.item_price"] = "must be a number",
                            ["order.order_items.item_price"] = "must be a number",
                          },
                          ["key"] = {
                            ["attributes.key"] = "must be a text",
                            ["basket.basketItems.attributes.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basketItems.keyValues.key"] = "must be a text",
                            ["basket.basketItems.key_values.key"] = "must be a text",
                            ["basket.basket_items.attributes.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basket_items.keyValues.key"] = "must be a text",
                            ["basket.basket_items.key_values.key"] = "must be a text",
                          },
                          ["name"] = {
                            ["basket.basketItems.basketItemParts.name"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.name"] = "must be a text",
                            ["basket.basketItems.name"] = "must be a text",
                            ["basket.basket_items.basketItemParts.name"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.name"] = "must be a text",
                            ["basket.basket_items.name"] = "must be a text",
                            ["basket.surcharges.name"] = "must be a text",
                            ["order.orderItems.name"] = "must be a text",
                            ["order.order_items.name"] = "must be a text",
                          },
                          ["nameSpace"] = {
                            ["nameSpace"] = "must be a text",
                          },
                          ["name_space"] = {
                            ["name_space"] = "must be a text",
                          },
                          ["orderId"] = {
                            ["order.orderId"] = "must be a text",
                          },
                          ["orderLineId"] = {
                            ["basket.basketItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.orderItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.order_items.orderLineId"] = "must be a whole number of 32 bits",
                          },
                          ["orderStatus"] = {
                            ["order.orderStatus"] = "must be a text",
                          },
                          ["order_id"] = {
                            ["order.order_id"] = "must be a text",
                          },
                          ["order_line_id"] = {
                            ["basket.basketItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.orderItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.order_items.order_line_id"] = "must be a whole number of 32 bits",
                          },
                          ["order_status"] = {
                            ["order.order_status"] = "must be a text",
                          },
                          ["paymentAmount"] = {
                            ["order.paymentDetail.paymentAmount"] = "must be a number",
                            ["order.payment_detail.paymentAmount"] = "must be a number",
                          },
                          ["payment_amount"] = {
                            ["order.paymentDetail.payment_amount"] = "must be a number",
                            ["order.payment_detail.payment_amount"] = "must be a number",
                          },
                          ["phoneNumber"] = {
                            ["basket.billingAddress.phoneNumber"] = "must be a text",
                            ["basket.billing_address.phoneNumber"] = "must be a text",
                            ["basket.shippingAddress.phoneNumber"] = "must be a text",
                            ["basket.shipping_address.phoneNumber"] = "must be a text",
                            ["order.billingAddress.phoneNumber"] = "must be a text",
                            ["order.billing_address.phoneNumber"] = "must be a text",
                            ["order.shippingAddress.phoneNumber"] = "must be a text",
                            ["order.shipping_address.phoneNumber"] = "must be a text",
                          },
                          ["phone_number"] = {
                            ["basket.billingAddress.phone_number"] = "must be a text",
                            ["basket.billing_address.phone_number"] = "must be a text",
                            ["basket.shippingAddress.phone_number"] = "must be a text",
                            ["basket.shipping_address.phone_number"] = "must be a text",
                            ["order.billingAddress.phone_number"] = "must be a text",
                            ["order.billing_address.phone_number"] = "must be a text",
                            ["order.shippingAddress.phone_number"] = "must be a text",
                            ["order.shipping_address.phone_number"] = "must be a text",
                          },
                          ["pointsAmount"] = {
                            ["order.redemptionDetail.pointsAmount"] = "must be a number",
                            ["order.redemption_detail.pointsAmount"] = "must be a number",
                          },
                          ["points_amount"] = {
                            ["order.redemptionDetail.points_amount"] = "must be a number",
                            ["order.redemption_detail.points_amount"] = "must be a number",
                          },
                          ["postalCode"] = {
                            ["basket.billingAddress.postalCode"] = "must be a text",
                            ["basket.billing_address.postalCode"] = "must be a text",
                            ["basket.shippingAddress.postalCode"] = "must be a text",
                            ["basket.shipping_address.postalCode"] = "must be a text",
                            ["order.billingAddress.postalCode"] = "must be a text",
                            ["order.billing_address.postalCode"] = "must be a text",
                            ["order.shippingAddress.postalCode"] = "must be a text",
                            ["order.shipping_address.postalCode"] = "must be a text",
                          },
                          ["postal_code"] = {
                            ["basket.billingAddress.postal_code"] = "must be a text",
                            ["basket.billing_address.postal_code"] = "must be a text",
                            ["basket.shippingAddress.postal_code"] = "must be a text",
                            ["basket.shipping_address.postal_code"] = "must be a text",
                            ["order.billingAddress.postal_code"] = "must be a text",
                            ["order.billing_address.postal_code"] = "must be a text",
                            ["order.shippingAddress.postal_code"] = "must be a text",
                            ["order.shipping_address.postal_code"] = "must be a text",
                          },
                          ["productId"] = {
                            ["basket.basketItems.basketItemParts.productId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.productId"] = "must be a text",
                            ["basket.basketItems.productId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.productId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.productId"] = "must be a text",
                            ["basket.basket_items.productId"] = "must be a text",
                            ["order.orderItems.productId"] = "must be a text",
                            ["order.order_items.productId"] = "must be a text",
                          },
                          ["product_id"] = {
                            ["basket.basketItems.basketItemParts.product_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basketItems.product_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.product_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basket_items.product_id"] = "must be a text",
                            ["order.orderItems.product_id"] = "must be a text",
                            ["order.order_items.product_id"] = "must be a text",
                          },
                          ["quantity"] = {
                            ["basket.basketItems.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.quantity"] = "must be a whole number of 32 bits",
                            ["order.orderItems.quantity"] = "must be a whole number of 32 bits",
                            ["order.order_items.quantity"] = "must be a whole number of 32 bits",
                            ["redemption.quantity"] = "must be a whole number of 32 bits",
                          },
                          ["reference"] = {
                            ["reference"] = "must be a text",
                          },
                          ["refundedTotal"] = {
                            ["order.refundedTotal"] = "must be a number",
                          },
                          ["refunded_total"] = {
                            ["order.refunded_total"] = "must be a number",
                          },
                          ["rewardsEligibleTotal"] = {
                            ["basket.rewardsEligibleTotal"] = "must be a number",
                            ["order.rewardsEligibleTotal"] = "must be a number",
                          },
                          ["rewards_eligible_total"] = {
                            ["basket.rewards_eligible_total"] = "must be a number",
                            ["order.rewards_eligible_total"] = "must be a number",
                          },
                          ["scheme"] = {
                            ["order.paymentDetail.scheme"] = "must be a text",
                            ["order.payment_detail.scheme"] = "must be a text",
                          },
                          ["segmentation"] = {
                            ["order.paymentDetail.segmentation"] = "must be a text",
                            ["order.payment_detail.segmentation"] = "must be a text",
                          },
                          ["shippingTotal"] = {
                            ["basket.shippingTotal"] = "must be a number",
                            ["order.shippingTotal"] = "must be a number",
                          },
                          ["shipping_total"] = {
                            ["basket.shipping_total"] = "must be a number",
                            ["order.shipping_total"] = "must be a number",
                          },
                          ["sku"] = {
                            ["basket.basketItems.basketItemParts.sku"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.sku"] = "must be a text",
                            ["basket.basketItems.sku"] = "must be a text",
                            ["basket.basket_items.basketItemParts.sku"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.sku"] = "must be a text",
                            ["basket.basket_items.sku"] = "must be a text",
                            ["order.orderItems.sku"] = "must be a text",
                            ["order.order_items.sku"] = "must be a text",
                          },
                          ["source"] = {
                            ["transaction.source"] = "must be a text",
                          },
                          ["state"] = {
                            ["basket.billingAddress.state"] = "must be a text",
                            ["basket.billing_address.state"] = "must be a text",
                            ["basket.shippingAddress.state"] = "must be a text",
                            ["basket.shipping_address.state"] = "must be a text",
                            ["order.billingAddress.state"] = "must be a text",
                            ["order.billing_address.state"] = "must be a text",
                            ["order.shippingAddress.state"] = "must be a text",
                            ["order.shipping_address.state"] = "must be a text",
                          },
                          ["stateCode"] = {
                            ["basket.billingAddress.stateCode"] = "must be a text",
                            ["basket.billing_address.stateCode"] = "must be a text",
                            ["basket.shippingAddress.stateCode"] = "must be a text",
                            ["basket.shipping_address.stateCode"] = "must be a text",
                            ["order.billingAddress.stateCode"] = "must be a text",
                            ["order.billing_address.stateCode"] = "must be a text",
                            ["order.shippingAddress.stateCode"] = "must be a text",
                            ["order.shipping_address.stateCode"] = "must be a text",
                          },
                          ["state_code"] = {
                            ["basket.billingAddress.state_code"] = "must be a text",
                            ["basket.billing_address.state_code"] = "must be a text",
                            ["basket.shippingAddress.state_code"] = "must be a text",
                            ["basket.shipping_address.state_code"] = "must be a text",
                            ["order.billingAddress.state_code"] = "must be a text",
                            ["order.billing_address.state_code"] = "must be a text",
                            ["order.shippingAddress.state_code"] = "must be a text",
                            ["order.shipping_address.state_code"] = "must be a text",
                          },
                          ["street1"] = {
                            ["basket.billingAddress.street1"] = "must be a text",
                            ["basket.billing_address.street1"] = "must be a text",
                            ["basket.shippingAddress.street1"] = "must be a text",
                            ["basket.shipping_address.street1"] = "must be a text",
                            ["order.billingAddress.street1"] = "must be a text",
                            ["order.billing_address.street1"] = "must be a text",
                            ["order.shippingAddress.street1"] = "must be a text",
                            ["order.shipping_address.street1"] = "must be a text",
                          },
                          ["street2"] = {
                            ["basket.billingAddress.street2"] = "must be a text",
                            ["basket.billing_address.street2"] = "must be a text",
                            ["basket.shippingAddress.street2"] = "must be a text",
                            ["basket.shipping_address.street2"] = "must be a text",
                            ["order.billingAddress.street2"] = "must be a text",
                            ["order.billing_address.street2"] = "must be a text",
                            ["order.shippingAddress.street2"] = "must be a text",
                            ["order.shipping_address.street2"] = "must be a text",
                          },
                          ["tags"] = {
                            ["basket.basketItems.basketItemParts.tags"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.tags"] = "must be a text",
                            ["basket.basketItems.tags"] = "must be a text",
                            ["basket.basket_items.basketItemParts.tags"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.tags"] = "must be a text",
                            ["basket.basket_items.tags"] = "must be a text",
                          },
                          ["taxTotal"] = {
                            ["basket.taxTotal"] = "must be a number",
                            ["order.taxTotal"] = "must be a number",
                          },
                          ["tax_total"] = {
                            ["basket.tax_total"] = "must be a number",
                            ["order.tax_total"] = "must be a number",
                          },
                          ["tenantId"] = {
                            ["tenantId"] = "must be a text",
                          },
                          ["tenant_id"] = {
                            ["tenant_id"] = "must be a text",
                          },
                          ["total"] = {
                            ["order.total"] = "must be a number",
                            ["transaction.total"] = "must be a number",
                          },
                          ["totalPrice"] = {
                            ["basket.basketItems.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basketItems.totalPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basket_items.totalPrice"] = "must be a number",
                          },
                          ["total_price"] = {
                            ["basket.basketItems.basketItemParts.total_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basketItems.total_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.total_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basket_items.total_price"] = "must be a number",
                          },
                          ["updatedAt"] = {
                            ["updatedAt"] = "must be a text",
                          },
                          ["updated_at"] = {
                            ["updated_at"] = "must be a text",
                          },
                          ["value"] = {
                            ["attributes.value"] = "must be a text",
                            ["basket.basketItems.attributes.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basketItems.keyValues.value"] = "must be a text",
                            ["basket.basketItems.key_values.value"] = "must be a text",
                            ["basket.basket_items.attributes.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basket_items.keyValues.value"] = "must be a text",
                            ["basket.basket_items.key_values.value"] = "must be a text",
                          },
                          ["vendor"] = {
                            ["basket.basketItems.basketItemParts.vendor"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basketItems.vendor"] = "must be a text",
                            ["basket.basket_items.basketItemParts.vendor"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basket_items.vendor"] = "must be a text",
                            ["order.orderItems.vendor"] = "must be a text",
                            ["order.order_items.vendor"] = "must be a text",
                          },
                        },
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
                        ["fields"] = {
                          ["amount"] = {
                            ["action.amount"] = "must be a number",
                            ["basket.surcharges.amount"] = "must be a number",
                          },
                          ["bank"] = {
                            ["order.paymentDetail.bank"] = "must be a text",
                            ["order.payment_detail.bank"] = "must be a text",
                          },
                          ["basketId"] = {
                            ["basket.basketId"] = "must be a text",
                          },
                          ["basketItemId"] = {
                            ["basket.basketItems.basketItemId"] = "must be a text",
                            ["basket.basket_items.basketItemId"] = "must be a text",
                          },
                          ["basketItemPartId"] = {
                            ["basket.basketItems.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basketItemPartId"] = "must be a text",
                          },
                          ["basketTotal"] = {
                            ["basket.basketTotal"] = "must be a number",
                          },
                          ["basket_id"] = {
                            ["basket.basket_id"] = "must be a text",
                          },
                          ["basket_item_id"] = {
                            ["basket.basketItems.basket_item_id"] = "must be a text",
                            ["basket.basket_items.basket_item_id"] = "must be a text",
                          },
                          ["basket_item_part_id"] = {
                            ["basket.basketItems.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basket_item_part_id"] = "must be a text",
                          },
                          ["basket_total"] = {
                            ["basket.basket_total"] = "must be a number",
                          },
                          ["bin"] = {
                            ["order.paymentDetail.bin"] = "must be a text",
                            ["order.payment_detail.bin"] = "must be a text",
                          },
                          ["campaign"] = {
                            ["campaign"] = "must be a text",
                          },
                          ["city"] = {
                            ["basket.billingAddress.city"] = "must be a text",
                            ["basket.billing_address.city"] = "must be a text",
                            ["basket.shippingAddress.city"] = "must be a text",
                            ["basket.shipping_address.city"] = "must be a text",
                            ["order.billingAddress.city"] = "must be a text",
                            ["order.billing_address.city"] = "must be a text",
                            ["order.shippingAddress.city"] = "must be a text",
                            ["order.shipping_address.city"] = "must be a text",
                          },
                          ["count"] = {
                            ["action.count"] = "must be a whole number of 32 bits",
                          },
                          ["country"] = {
                            ["basket.billingAddress.country"] = "must be a text",
                            ["basket.billing_address.country"] = "must be a text",
                            ["basket.shippingAddress.country"] = "must be a text",
                            ["basket.shipping_address.country"] = "must be a text",
                            ["order.billingAddress.country"] = "must be a text",
                            ["order.billing_address.country"] = "must be a text",
                            ["order.shippingAddress.country"] = "must be a text",
                            ["order.shipping_address.country"] = "must be a text",
                          },
                          ["countryCode"] = {
                            ["basket.billingAddress.countryCode"] = "must be a text",
                            ["basket.billing_address.countryCode"] = "must be a text",
                            ["basket.shippingAddress.countryCode"] = "must be a text",
                            ["basket.shipping_address.countryCode"] = "must be a text",
                            ["order.billingAddress.countryCode"] = "must be a text",
                            ["order.billing_address.countryCode"] = "must be a text",
                            ["order.shippingAddress.countryCode"] = "must be a text",
                            ["order.shipping_address.countryCode"] = "must be a text",
                          },
                          ["country_code"] = {
                            ["basket.billingAddress.country_code"] = "must be a text",
                            ["basket.billing_address.country_code"] = "must be a text",
                            ["basket.shippingAddress.country_code"] = "must be a text",
                            ["basket.shipping_address.country_code"] = "must be a text",
                            ["order.billingAddress.country_code"] = "must be a text",
                            ["order.billing_address.country_code"] = "must be a text",
                            ["order.shippingAddress.country_code"] = "must be a text",
                            ["order.shipping_address.country_code"] = "must be a text",
                          },
                          ["createdAt"] = {
                            ["createdAt"] = "must be a text",
                          },
                          ["created_at"] = {
                            ["created_at"] = "must be a text",
                          },
                          ["currencyCode"] = {
                            ["basket.currencyCode"] = "must be a text",
                            ["order.currencyCode"] = "must be a text",
                          },
                          ["currency_code"] = {
                            ["basket.currency_code"] = "must be a text",
                            ["order.currency_code"] = "must be a text",
                          },
                          ["customerId"] = {
                            ["customerId"] = "must be a text",
                          },
                          ["customer_id"] = {
                            ["customer_id"] = "must be a text",
                          },
                          ["description"] = {
                            ["description"] = "must be a text",
                          },
                          ["eventId"] = {
                            ["eventId"] = "must be a text",
                          },
                          ["event_id"] = {
                            ["event_id"] = "must be a text",
                          },
                          ["externalReference"] = {
                            ["basket.customerInfo.externalReference"] = "must be a text",
                            ["basket.customer_info.externalReference"] = "must be a text",
                            ["redemption.externalReference"] = "must be a text",
                          },
                          ["external_reference"] = {
                            ["basket.customerInfo.external_reference"] = "must be a text",
                            ["basket.customer_info.external_reference"] = "must be a text",
                            ["redemption.external_reference"] = "must be a text",
                          },
                          ["financialStatus"] = {
                            ["order.financialStatus"] = "must be a text",
                          },
                          ["financial_status"] = {
                            ["order.financial_status"] = "must be a text",
                          },
                          ["hold"] = {
                            ["redemption.hold"] = "must be true or false",
                          },
                          ["itemPrice"] = {
                            ["basket.basketItems.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basketItems.itemPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basket_items.itemPrice"] = "must be a number",
                            ["order.orderItems.itemPrice"] = "must be a number",
                            ["order.order_items.itemPrice"] = "must be a number",
                          },
                          ["item_price"] = {
                            ["basket.basketItems.basketItemParts.item_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basketItems.item_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.item_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basket_items.item_price"] = "must be a number",
                            ["order.orderItems.item_price"] = "must be a number",
                            ["order.order_items.item_price"] = "must be a number",
                          },
                          ["key"] = {
                            ["attributes.key"] = "must be a text",
                            ["basket.basketItems.attributes.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basketItems.keyValues.key"] = "must be a text",
                            ["basket.basketItems.key_values.key"] = "must be a text",
                            ["basket.basket_items.attributes.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basket_items.keyValues.key"] = "must be a text",
                            ["basket.basket_items.key_values.key"] = "must be a text",
                          },
                          ["name"] = {
                            ["basket.basketItems.basketItemParts.name"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.name"] = "must be a text",
                            ["basket.basketItems.name"] = "must be a text",
                            ["basket.basket_items.basketItemParts.name"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.name"] = "must be a text",
                            ["basket.basket_items.name"] = "must be a text",
                            ["basket.surcharges.name"] = "must be a text",
                            ["order.orderItems.name"] = "must be a text",
                            ["order.order_items.name"] = "must be a text",
                          },
                          ["nameSpace"] = {
                            ["nameSpace"] = "must be a text",
                          },
                          ["name_space"] = {
                            ["name_space"] = "must be a text",
                          },
                          ["orderId"] = {
                            ["order.orderId"] = "must be a text",
                          },
                          ["orderLineId"] = {
                            ["basket.basketItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.orderItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.order_items.orderLineId"] = "must be a whole number of 32 bits",
                          },
                          ["orderStatus"] = {
                            ["order.orderStatus"] = "must be a text",
                          },
                          ["order_id"] = {
                            ["order.order_id"] = "must be a text",
                          },
                          ["order_line_id"] = {
                            ["basket.basketItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.orderItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.order_items.order_line_id"] = "must be a whole number of 32 bits",
                          },
                          ["order_status"] = {
                            ["order.order_status"] = "must be a text",
                          },
                          ["paymentAmount"] = {
                            ["order.paymentDetail.paymentAmount"] = "must be a number",
                            ["order.payment_detail.paymentAmount"] = "must be a number",
                          },
                          ["payment_amount"] = {
                            ["order.paymentDetail.payment_amount"] = "must be a number",
                            ["order.payment_detail.payment_amount"] = "must be a number",
                          },
                          ["phoneNumber"] = {
                            ["basket.billingAddress.phoneNumber"] = "must be a text",
                            ["basket.billing_address.phoneNumber"] = "must be a text",
                            ["basket.shippingAddress.phoneNumber"] = "must be a text",
                            ["basket.shipping_address.phoneNumber"] = "must be a text",
                            ["order.billingAddress.phoneNumber"] = "must be a text",
                            ["order.billing_address.phoneNumber"] = "must be a text",
                            ["order.shippingAddress.phoneNumber"] = "must be a text",
                            ["order.shipping_address.phoneNumber"] = "must be a text",
                          },
                          ["phone_number"] = {
                            ["basket.billingAddress.phone_number"] = "must be a text",
                            ["basket.billing_address.phone_number"] = "must be a text",
                            ["basket.shippingAddress.phone_number"] = "must be a text",
                            ["basket.shipping_address.phone_number"] = "must be a text",
                            ["order.billingAddress.phone_number"] = "must be a text",
                            ["order.billing_address.phone_number"] = "must be a text",
                            ["order.shippingAddress.phone_number"] = "must be a text",
                            ["order.shipping_address.phone_number"] = "must be a text",
                          },
                          ["pointsAmount"] = {
                            ["order.redemptionDetail.pointsAmount"] = "must be a number",
                            ["order.redemption_detail.pointsAmount"] = "must be a number",
                          },
                          ["points_amount"] = {
                            ["order.redemptionDetail.points_amount"] = "must be a number",
                            ["order.redemption_detail.points_amount"] = "must be a number",
                          },
                          ["postalCode"] = {
                            ["basket.billingAddress.postalCode"] = "must be a text",
                            ["basket.billing_address.postalCode"] = "must be a text",
                            ["basket.shippingAddress.postalCode"] = "must be a text",
                            ["basket.shipping_address.postalCode"] = "must be a text",
                            ["order.billingAddress.postalCode"] = "must be a text",
                            ["order.billing_address.postalCode"] = "must be a text",
                            ["order.shippingAddress.postalCode"] = "must be a text",
                            ["order.shipping_address.postalCode"] = "must be a text",
                          },
                          ["postal_code"] = {
                            ["basket.billingAddress.postal_code"] = "must be a text",
                            ["basket.billing_address.postal_code"] = "must be a text",
                            ["basket.shippingAddress.postal_code"] = "must be a text",
                            ["basket.shipping_address.postal_code"] = "must be a text",
                            ["order.billingAddress.postal_code"] = "must be a text",
                            ["order.billing_address.postal_code"] = "must be a text",
                            ["order.shippingAddress.postal_code"] = "must be a text",
                            ["order.shipping_address.postal_code"] = "must be a text",
                          },
                          ["productId"] = {
                            ["basket.basketItems.basketItemParts.productId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.productId"] = "must be a text",
                            ["basket.basketItems.productId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.productId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.productId"] = "must be a text",
                            ["basket.basket_items.productId"] = "must be a text",
                            ["order.orderItems.productId"] = "must be a text",
                            ["order.order_items.productId"] = "must be a text",
                          },
                          ["product_id"] = {
                            ["basket.basketItems.basketItemParts.product_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basketItems.product_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.product_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basket_items.product_id"] = "must be a text",
                            ["order.orderItems.product_id"] = "must be a text",
                            ["order.order_items.product_id"] = "must be a text",
                          },
                          ["quantity"] = {
                            ["basket.basketItems.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.quantity"] = "must be a whole number of 32 bits",
                            ["order.orderItems.quantity"] = "must be a whole number of 32 bits",
                            ["order.order_items.quantity"] = "must be a whole number of 32 bits",
                            ["redemption.quantity"] = "must be a whole number of 32 bits",
                          },
                          ["reference"] = {
                            ["reference"] = "must be a text",
                          },
                          ["refundedTotal"] = {
                            ["order.refundedTotal"] = "must be a number",
                          },
                          ["refunded_total"] = {
                            ["order.refunded_total"] = "must be a number",
                          },
                          ["rewardsEligibleTotal"] = {
                            ["basket.rewardsEligibleTotal"] = "must be a number",
                            ["order.rewardsEligibleTotal"] = "must be a number",
                          },
                          ["rewards_eligible_total"] = {
                            ["basket.rewards_eligible_total"] = "must be a number",
                            ["order.rewards_eligible_total"] = "must be a number",
                          },
                          ["scheme"] = {
                            ["order.paymentDetail.scheme"] = "must be a text",
                            ["order.payment_detail.scheme"] = "must be a text",
                          },
                          ["segmentation"] = {
                            ["order.paymentDetail.segmentation"] = "must be a text",
                            ["order.payment_detail.segmentation"] = "must be a text",
                          },
                          ["shippingTotal"] = {
                            ["basket.shippingTotal"] = "must be a number",
                            ["order.shippingTotal"] = "must be a number",
                          },
                          ["shipping_total"] = {
                            ["basket.shipping_total"] = "must be a number",
                            ["order.shipping_total"] = "must be a number",
                          },
                          ["sku"] = {
                            ["basket.basketItems.basketItemParts.sku"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.sku"] = "must be a text",
                            ["basket.basketItems.sku"] = "must be a text",
                            ["basket.basket_items.basketItemParts.sku"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.sku"] = "must be a text",
                            ["basket.basket_items.sku"] = "must be a text",
                            ["order.orderItems.sku"] = "must be a text",
                            ["order.order_items.sku"] = "must be a text",
                          },
                          ["source"] = {
                            ["transaction.source"] = "must be a text",
                          },
                          ["state"] = {
                            ["basket.billingAddress.state"] = "must be a text",
                            ["basket.billing_address.state"] = "must be a text",
                            ["basket.shippingAddress.state"] = "must be a text",
                            ["basket.shipping_address.state"] = "must be a text",
                            ["order.billingAddress.state"] = "must be a text",
                            ["order.billing_address.state"] = "must be a text",
                            ["order.shippingAddress.state"] = "must be a text",
                            ["order.shipping_address.state"] = "must be a text",
                          },
                          ["stateCode"] = {
                            ["basket.billingAddress.stateCode"] = "must be a text",
                            ["basket.billing_address.stateCode"] = "must be a text",
                            ["basket.shippingAddress.stateCode"] = "must be a text",
                            ["basket.shipping_address.stateCode"] = "must be a text",
                            ["order.billingAddress.stateCode"] = "must be a text",
                            ["order.billing_address.stateCode"] = "must be a text",
                            ["order.shippingAddress.stateCode"] = "must be a text",
                            ["order.shipping_address.stateCode"] = "must be a text",
                          },
                          ["state_code"] = {
                            ["basket.billingAddress.state_code"] = "must be a text",
                            ["basket.billing_address.state_code"] = "must be a text",
                            ["basket.shippingAddress.state_code"] = "must be a text",
                            ["basket.shipping_address.state_code"] = "must be a text",
                            ["order.billingAddress.state_code"] = "must be a text",
                            ["order.billing_address.state_code"] = "must be a text",
                            ["order.shippingAddress.state_code"] = "must be a text",
                            ["order.shipping_address.state_code"] = "must be a text",
                          },
                          ["street1"] = {
                            ["basket.billingAddress.street1"] = "must be a text",
                            ["basket.billing_address.street1"] = "must be a text",
                            ["basket.shippingAddress.street1"] = "must be a text",
                            ["basket.shipping_address.street1"] = "must be a text",
                            ["order.billingAddress.street1"] = "must be a text",
                            ["order.billing_address.street1"] = "must be a text",
                            ["order.shippingAddress.street1"] = "must be a text",
                            ["order.shipping_address.street1"] = "must be a text",
                          },
                          ["street2"] = {
                            ["basket.billingAddress.street2"] = "must be a text",
                            ["basket.billing_address.street2"] = "must be a text",
                            ["basket.shippingAddress.street2"] = "must be a text",
                            ["basket.shipping_address.street2"] = "must be a text",
                            ["order.billingAddress.street2"] = "must be a text",
                            ["order.billing_address.street2"] = "must be a text",
                            ["order.shippingAddress.street2"] = "must be a text",
                            ["order.shipping_address.street2"] = "must be a text",
                          },
                          ["tags"] = {
                            ["basket.basketItems.basketItemParts.tags"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.tags"] = "must be a text",
                            ["basket.basketItems.tags"] = "must be a text",
                            ["basket.basket_items.basketItemParts.tags"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.tags"] = "must be a text",
                            ["basket.basket_items.tags"] = "must be a text",
                          },
                          ["taxTotal"] = {
                            ["basket.taxTotal"] = "must be a number",
                            ["order.taxTotal"] = "must be a number",
                          },
                          ["tax_total"] = {
                            ["basket.tax_total"] = "must be a number",
                            ["order.tax_total"] = "must be a number",
                          },
                          ["tenantId"] = {
                            ["tenantId"] = "must be a text",
                          },
                          ["tenant_id"] = {
                            ["tenant_id"] = "must be a text",
                          },
                          ["total"] = {
                            ["order.total"] = "must be a number",
                            ["transaction.total"] = "must be a number",
                          },
                          ["totalPrice"] = {
                            ["basket.basketItems.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basketItems.totalPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basket_items.totalPrice"] = "must be a number",
                          },
                          ["total_price"] = {
                            ["basket.basketItems.basketItemParts.total_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basketItems.total_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.total_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basket_items.total_price"] = "must be a number",
                          },
                          ["updatedAt"] = {
                            ["updatedAt"] = "must be a text",
                          },
                          ["updated_at"] = {
                            ["updated_at"] = "must be a text",
                          },
                          ["value"] = {
                            ["attributes.value"] = "must be a text",
                            ["basket.basketItems.attributes.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basketItems.keyValues.value"] = "must be a text",
                            ["basket.basketItems.key_values.value"] = "must be a text",
                            ["basket.basket_items.attributes.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basket_items.keyValues.value"] = "must be a text",
                            ["basket.basket_items.key_values.value"] = "must be a text",
                          },
                          ["vendor"] = {
                            ["basket.basketItems.basketItemParts.vendor"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basketItems.vendor"] = "must be a text",
                            ["basket.basket_items.basketItemParts.vendor"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basket_items.vendor"] = "must be a text",
                            ["order.orderItems.vendor"] = "must be a text",
                            ["order.order_items.vendor"] = "must be a text",
                          },
                        },
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
                        ["fields"] = {
                          ["base64_encoded_fault_json"] = {
                            ["events.event_payload.base64_encoded_fault_json"] = "must be a text",
                          },
                          ["base64_encoded_payload_json"] = {
                            ["events.event_payload.base64_encoded_payload_json"] = "must be a text",
                          },
                          ["entity_id"] = {
                            ["events.entity_id"] = "must be a text",
                            ["events.event_payload.entity_id"] = "must be a text",
                          },
                          ["entity_name"] = {
                            ["events.entity_name"] = "must be a text",
                          },
                          ["event_source"] = {
                            ["events.event_source"] = "must be one of SYSTEM, CONNECTOR, APPLICATION, SERVERLESS",
                          },
                          ["event_type"] = {
                            ["events.event_type"] = "must be one of ENTITY_EVENT, SYSTEM_EVENT, FAULT, WARNING, ORDER, ORDER_ENTRY, CUSTOMER, ADDRESS, PRODUCT, VARIANT_PRODUCT, INVENTORY_LEVEL, INVENTORY_LOCATION, INVENTORY_ITEM, STORE, MERCHANT, WISHLIST, WISHLIST_ITEM, OTHER, EVENT",
                          },
                          ["id"] = {
                            ["events.id"] = "must be a text",
                          },
                          ["operation"] = {
                            ["events.event_payload.operation"] = "must be one of BULK_UPDATE, BULK_CREATE, CREATE, READ, DELETE, UPDATE",
                          },
                        },
                        ["maps"] = {
                          ["key_attributes"] = {
                            ["events.event_payload.key_attributes"] = "must be a text",
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
                        ["fields"] = {
                          ["amount"] = {
                            ["action.amount"] = "must be a number",
                            ["basket.surcharges.amount"] = "must be a number",
                          },
                          ["bank"] = {
                            ["order.paymentDetail.bank"] = "must be a text",
                            ["order.payment_detail.bank"] = "must be a text",
                          },
                          ["basketId"] = {
                            ["basket.basketId"] = "must be a text",
                          },
                          ["basketItemId"] = {
                            ["basket.basketItems.basketItemId"] = "must be a text",
                            ["basket.basket_items.basketItemId"] = "must be a text",
                          },
                          ["basketItemPartId"] = {
                            ["basket.basketItems.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basketItemPartId"] = "must be a text",
                          },
                          ["basketTotal"] = {
                            ["basket.basketTotal"] = "must be a number",
                          },
                          ["basket_id"] = {
                            ["basket.basket_id"] = "must be a text",
                          },
                          ["basket_item_id"] = {
                            ["basket.basketItems.basket_item_id"] = "must be a text",
                            ["basket.basket_items.basket_item_id"] = "must be a text",
                          },
                          ["basket_item_part_id"] = {
                            ["basket.basketItems.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basket_item_part_id"] = "must be a text",
                          },
                          ["basket_total"] = {
                            ["basket.basket_total"] = "must be a number",
                          },
                          ["bin"] = {
                            ["order.paymentDetail.bin"] = "must be a text",
                            ["order.payment_detail.bin"] = "must be a text",
                          },
                          ["campaign"] = {
                            ["campaign"] = "must be a text",
                          },
                          ["city"] = {
                            ["basket.billingAddress.city"] = "must be a text",
                            ["basket.billing_address.city"] = "must be a text",
                            ["basket.shippingAddress.city"] = "must be a text",
                            ["basket.shipping_address.city"] = "must be a text",
                            ["order.billingAddress.city"] = "must be a text",
                            ["order.billing_address.city"] = "must be a text",
                            ["order.shippingAddress.city"] = "must be a text",
                            ["order.shipping_address.city"] = "must be a text",
                          },
                          ["count"] = {
                            ["action.count"] = "must be a whole number of 32 bits",
                          },
                          ["country"] = {
                            ["basket.billingAddress.country"] = "must be a text",
                            ["basket.billing_address.country"] = "must be a text",
                            ["basket.shippingAddress.country"] = "must be a text",
                            ["basket.shipping_address.country"] = "must be a text",
                            ["order.billingAddress.country"] = "must be a text",
                            ["order.billing_address.country"] = "must be a text",
                            ["order.shippingAddress.country"] = "must be a text",
                            ["order.shipping_address.country"] = "must be a text",
                          },
                          ["countryCode"] = {
                            ["basket.billingAddress.countryCode"] = "must be a text",
                            ["basket.billing_address.countryCode"] = "must be a text",
                            ["basket.shippingAddress.countryCode"] = "must be a text",
                            ["basket.shipping_address.countryCode"] = "must be a text",
                            ["order.billingAddress.countryCode"] = "must be a text",
                            ["order.billing_address.countryCode"] = "must be a text",
                            ["order.shippingAddress.countryCode"] = "must be a text",
                            ["order.shipping_address.countryCode"] = "must be a text",
                          },
                          ["country_code"] = {
                            ["basket.billingAddress.country_code"] = "must be a text",
                            ["basket.billing_address.country_code"] = "must be a text",
                            ["basket.shippingAddress.country_code"] = "must be a text",
                            ["basket.shipping_address.country_code"] = "must be a text",
                            ["order.billingAddress.country_code"] = "must be a text",
                            ["order.billing_address.country_code"] = "must be a text",
                            ["order.shippingAddress.country_code"] = "must be a text",
                            ["order.shipping_address.country_code"] = "must be a text",
                          },
                          ["createdAt"] = {
                            ["createdAt"] = "must be a text",
                          },
                          ["created_at"] = {
                            ["created_at"] = "must be a text",
                          },
                          ["currencyCode"] = {
                            ["basket.currencyCode"] = "must be a text",
                            ["order.currencyCode"] = "must be a text",
                          },
                          ["currency_code"] = {
                            ["basket.currency_code"] = "must be a text",
                            ["order.currency_code"] = "must be a text",
                          },
                          ["customerId"] = {
                            ["customerId"] = "must be a text",
                          },
                          ["customer_id"] = {
                            ["customer_id"] = "must be a text",
                          },
                          ["description"] = {
                            ["description"] = "must be a text",
                          },
                          ["eventId"] = {
                            ["eventId"] = "must be a text",
                          },
                          ["event_id"] = {
                            ["event_id"] = "must be a text",
                          },
                          ["externalReference"] = {
                            ["basket.customerInfo.externalReference"] = "must be a text",
                            ["basket.customer_info.externalReference"] = "must be a text",
                            ["redemption.externalReference"] = "must be a text",
                          },
                          ["external_reference"] = {
                            ["basket.customerInfo.external_reference"] = "must be a text",
                            ["basket.customer_info.external_reference"] = "must be a text",
                            ["redemption.external_reference"] = "must be a text",
                          },
                          ["financialStatus"] = {
                            ["order.financialStatus"] = "must be a text",
                          },
                          ["financial_status"] = {
                            ["order.financial_status"] = "must be a text",
                          },
                          ["hold"] = {
                            ["redemption.hold"] = "must be true or false",
                          },
                          ["itemPrice"] = {
                            ["basket.basketItems.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basketItems.itemPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basket_items.itemPrice"] = "must be a number",
                            ["order.orderItems.itemPrice"] = "must be a number",
                            ["order.order_items.itemPrice"] = "must be a number",
                          },
                          ["item_price"] = {
                            ["basket.basketItems.basketItemParts.item_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basketItems.item_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.item_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basket_items.item_price"] = "must be a number",
                            ["order.orderItems.item_price"] = "must be a number",
                            ["order.order_items.item_price"] = "must be a number",
                          },
                          ["key"] = {
                            ["attributes.key"] = "must be a text",
                            ["basket.basketItems.attributes.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basketItems.keyValues.key"] = "must be a text",
                            ["basket.basketItems.key_values.key"] = "must be a text",
                            ["basket.basket_items.attributes.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basket_items.keyValues.key"] = "must be a text",
                            ["basket.basket_items.key_values.key"] = "must be a text",
                          },
                          ["name"] = {
                            ["basket.basketItems.basketItemParts.name"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.name"] = "must be a text",
                            ["basket.basketItems.name"] = "must be a text",
                            ["basket.basket_items.basketItemParts.name"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.name"] = "must be a text",
                            ["basket.basket_items.name"] = "must be a text",
                            ["basket.surcharges.name"] = "must be a text",
                            ["order.orderItems.name"] = "must be a text",
                            ["order.order_items.name"] = "must be a text",
                          },
                          ["nameSpace"] = {
                            ["nameSpace"] = "must be a text",
                          },
                          ["name_space"] = {
                            ["name_space"] = "must be a text",
                          },
                          ["orderId"] = {
                            ["order.orderId"] = "must be a text",
                          },
                          ["orderLineId"] = {
                            ["basket.basketItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.orderItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.order_items.orderLineId"] = "must be a whole number of 32 bits",
                          },
                          ["orderStatus"] = {
                            ["order.orderStatus"] = "must be a text",
                          },
                          ["order_id"] = {
                            ["order.order_id"] = "must be a text",
                          },
                          ["order_line_id"] = {
                            ["basket.basketItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.orderItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.order_items.order_line_id"] = "must be a whole number of 32 bits",
                          },
                          ["order_status"] = {
                            ["order.order_status"] = "must be a text",
                          },
                          ["paymentAmount"] = {
                            ["order.paymentDetail.paymentAmount"] = "must be a number",
                            ["order.payment_detail.paymentAmount"] = "must be a number",
                          },
                          ["payment_amount"] = {
                            ["order.paymentDetail.payment_amount"] = "must be a number",
                            ["order.payment_detail.payment_amount"] = "must be a number",
                          },
                          ["phoneNumber"] = {
                            ["basket.billingAddress.phoneNumber"] = "must be a text",
                            ["basket.billing_address.phoneNumber"] = "must be a text",
                            ["basket.shippingAddress.phoneNumber"] = "must be a text",
                            ["basket.shipping_address.phoneNumber"] = "must be a text",
                            ["order.billingAddress.phoneNumber"] = "must be a text",
                            ["order.billing_address.phoneNumber"] = "must be a text",
                            ["order.shippingAddress.phoneNumber"] = "must be a text",
                            ["order.shipping_address.phoneNumber"] = "must be a text",
                          },
                          ["phone_number"] = {
                            ["basket.billingAddress.phone_number"] = "must be a text",
                            ["basket.billing_address.phone_number"] = "must be a text",
                            ["basket.shippingAddress.phone_number"] = "must be a text",
                            ["basket.shipping_address.phone_number"] = "must be a text",
                            ["order.billingAddress.phone_number"] = "must be a text",
                            ["order.billing_address.phone_number"] = "must be a text",
                            ["order.shippingAddress.phone_number"] = "must be a text",
                            ["order.shipping_address.phone_number"] = "must be a text",
                          },
                          ["pointsAmount"] = {
                            ["order.redemptionDetail.pointsAmount"] = "must be a number",
                            ["order.redemption_detail.pointsAmount"] = "must be a number",
                          },
                          ["points_amount"] = {
                            ["order.redemptionDetail.points_amount"] = "must be a number",
                            ["order.redemption_detail.points_amount"] = "must be a number",
                          },
                          ["postalCode"] = {
                            ["basket.billingAddress.postalCode"] = "must be a text",
                            ["basket.billing_address.postalCode"] = "must be a text",
                            ["basket.shippingAddress.postalCode"] = "must be a text",
                            ["basket.shipping_address.postalCode"] = "must be a text",
                            ["order.billingAddress.postalCode"] = "must be a text",
                            ["order.billing_address.postalCode"] = "must be a text",
                            ["order.shippingAddress.postalCode"] = "must be a text",
                            ["order.shipping_address.postalCode"] = "must be a text",
                          },
                          ["postal_code"] = {
                            ["basket.billingAddress.postal_code"] = "must be a text",
                            ["basket.billing_address.postal_code"] = "must be a text",
                            ["basket.shippingAddress.postal_code"] = "must be a text",
                            ["basket.shipping_address.postal_code"] = "must be a text",
                            ["order.billingAddress.postal_code"] = "must be a text",
                            ["order.billing_address.postal_code"] = "must be a text",
                            ["order.shippingAddress.postal_code"] = "must be a text",
                            ["order.shipping_address.postal_code"] = "must be a text",
                          },
                          ["productId"] = {
                            ["basket.basketItems.basketItemParts.productId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.productId"] = "must be a text",
                            ["basket.basketItems.productId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.productId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.productId"] = "must be a text",
                            ["basket.basket_items.productId"] = "must be a text",
                            ["order.orderItems.productId"] = "must be a text",
                            ["order.order_items.productId"] = "must be a text",
                          },
                          ["product_id"] = {
                            ["basket.basketItems.basketItemParts.product_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basketItems.product_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.product_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basket_items.product_id"] = "must be a text",
                            ["order.orderItems.product_id"] = "must be a text",
                            ["order.order_items.product_id"] = "must be a text",
                          },
                          ["quantity"] = {
                            ["basket.basketItems.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.quantity"] = "must be a whole number of 32 bits",
                            ["order.orderItems.quantity"] = "must be a whole number of 32 bits",
                            ["order.order_items.quantity"] = "must be a whole number of 32 bits",
                            ["redemption.quantity"] = "must be a whole number of 32 bits",
                          },
                          ["reference"] = {
                            ["reference"] = "must be a text",
                          },
                          ["refundedTotal"] = {
                            ["order.refundedTotal"] = "must be a number",
                          },
                          ["refunded_total"] = {
                            ["order.refunded_total"] = "must be a number",
                          },
                          ["rewardsEligibleTotal"] = {
                            ["basket.rewardsEligibleTotal"] = "must be a number",
                            ["order.rewardsEligibleTotal"] = "must be a number",
                          },
                          ["rewards_eligible_total"] = {
                            ["basket.rewards_eligible_total"] = "must be a number",
                            ["order.rewards_eligible_total"] = "must be a number",
                          },
                          ["scheme"] = {
                            ["order.paymentDetail.scheme"] = "must be a text",
                            ["order.payment_detail.scheme"] = "must be a text",
                          },
                          ["segmentation"] = {
                            ["order.paymentDetail.segmentation"] = "must be a text",
                            ["order.payment_detail.segmentation"] = "must be a text",
                          },
                          ["shippingTotal"] = {
                            ["basket.shippingTotal"] = "must be a number",
                            ["order.shippingTotal"] = "must be a number",
                          },
                          ["shipping_total"] = {
                            ["basket.shipping_total"] = "must be a number",
                            ["order.shipping_total"] = "must be a number",
                          },
                          ["sku"] = {
                            ["basket.basketItems.basketItemParts.sku"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.sku"] = "must be a text",
                            ["basket.basketItems.sku"] = "must be a text",
                            ["basket.basket_items.basketItemParts.sku"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.sku"] = "must be a text",
                            ["basket.basket_items.sku"] = "must be a text",
                            ["order.orderItems.sku"] = "must be a text",
                            ["order.order_items.sku"] = "must be a text",
                          },
                          ["source"] = {
                            ["transaction.source"] = "must be a text",
                          },
                          ["state"] = {
                            ["basket.billingAddress.state"] = "must be a text",
                            ["basket.billing_address.state"] = "must be a text",
                            ["basket.shippingAddress.state"] = "must be a text",
                            ["basket.shipping_address.state"] = "must be a text",
                            ["order.billingAddress.state"] = "must be a text",
                            ["order.billing_address.state"] = "must be a text",
                            ["order.shippingAddress.state"] = "must be a text",
                            ["order.shipping_address.state"] = "must be a text",
                          },
                          ["stateCode"] = {
                            ["basket.billingAddress.stateCode"] = "must be a text",
                            ["basket.billing_address.stateCode"] = "must be a text",
                            ["basket.shippingAddress.stateCode"] = "must be a text",
                            ["basket.shipping_address.stateCode"] = "must be a text",
                            ["order.billingAddress.stateCode"] = "must be a text",
                            ["order.billing_address.stateCode"] = "must be a text",
                            ["order.shippingAddress.stateCode"] = "must be a text",
                            ["order.shipping_address.stateCode"] = "must be a text",
                          },
                          ["state_code"] = {
                            ["basket.billingAddress.state_code"] = "must be a text",
                            ["basket.billing_address.state_code"] = "must be a text",
                            ["basket.shippingAddress.state_code"] = "must be a text",
                            ["basket.shipping_address.state_code"] = "must be a text",
                            ["order.billingAddress.state_code"] = "must be a text",
                            ["order.billing_address.state_code"] = "must be a text",
                            ["order.shippingAddress.state_code"] = "must be a text",
                            ["order.shipping_address.state_code"] = "must be a text",
                          },
                          ["street1"] = {
                            ["basket.billingAddress.street1"] = "must be a text",
                            ["basket.billing_address.street1"] = "must be a text",
                            ["basket.shippingAddress.street1"] = "must be a text",
                            ["basket.shipping_address.street1"] = "must be a text",
                            ["order.billingAddress.street1"] = "must be a text",
                            ["order.billing_address.street1"] = "must be a text",
                            ["order.shippingAddress.street1"] = "must be a text",
                            ["order.shipping_address.street1"] = "must be a text",
                          },
                          ["street2"] = {
                            ["basket.billingAddress.street2"] = "must be a text",
                            ["basket.billing_address.street2"] = "must be a text",
                            ["basket.shippingAddress.street2"] = "must be a text",
                            ["basket.shipping_address.street2"] = "must be a text",
                            ["order.billingAddress.street2"] = "must be a text",
                            ["order.billing_address.street2"] = "must be a text",
                            ["order.shippingAddress.street2"] = "must be a text",
                            ["order.shipping_address.street2"] = "must be a text",
                          },
                          ["tags"] = {
                            ["basket.basketItems.basketItemParts.tags"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.tags"] = "must be a text",
                            ["basket.basketItems.tags"] = "must be a text",
                            ["basket.basket_items.basketItemParts.tags"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.tags"] = "must be a text",
                            ["basket.basket_items.tags"] = "must be a text",
                          },
                          ["taxTotal"] = {
                            ["basket.taxTotal"] = "must be a number",
                            ["order.taxTotal"] = "must be a number",
                          },
                          ["tax_total"] = {
                            ["basket.tax_total"] = "must be a number",
                            ["order.tax_total"] = "must be a number",
                          },
                          ["tenantId"] = {
                            ["tenantId"] = "must be a text",
                          },
                          ["tenant_id"] = {
                            ["tenant_id"] = "must be a text",
                          },
                          ["total"] = {
                            ["order.total"] = "must be a number",
                            ["transaction.total"] = "must be a number",
                          },
                          ["totalPrice"] = {
                            ["basket.basketItems.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basketItems.totalPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basket_items.totalPrice"] = "must be a number",
                          },
                          ["total_price"] = {
                            ["basket.basketItems.basketItemParts.total_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basketItems.total_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.total_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basket_items.total_price"] = "must be a number",
                          },
                          ["updatedAt"] = {
                            ["updatedAt"] = "must be a text",
                          },
                          ["updated_at"] = {
                            ["updated_at"] = "must be a text",
                          },
                          ["value"] = {
                            ["attributes.value"] = "must be a text",
                            ["basket.basketItems.attributes.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basketItems.keyValues.value"] = "must be a text",
                            ["basket.basketItems.key_values.value"] = "must be a text",
                            ["basket.basket_items.attributes.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basket_items.keyValues.value"] = "must be a text",
                            ["basket.basket_items.key_values.value"] = "must be a text",
                          },
                          ["vendor"] = {
                            ["basket.basketItems.basketItemParts.vendor"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basketItems.vendor"] = "must be a text",
                            ["basket.basket_items.basketItemParts.vendor"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basket_items.vendor"] = "must be a text",
                            ["order.orderItems.vendor"] = "must be a text",
                            ["order.order_items.vendor"] = "must be a text",
                          },
                        },
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
                        ["fields"] = {
                          ["amount"] = {
                            ["action.amount"] = "must be a number",
                            ["basket.surcharges.amount"] = "must be a number",
                          },
                          ["bank"] = {
                            ["order.paymentDetail.bank"] = "must be a text",
                            ["order.payment_detail.bank"] = "must be a text",
                          },
                          ["basketId"] = {
                            ["basket.basketId"] = "must be a text",
                          },
                          ["basketItemId"] = {
                            ["basket.basketItems.basketItemId"] = "must be a text",
                            ["basket.basket_items.basketItemId"] = "must be a text",
                          },
                          ["basketItemPartId"] = {
                            ["basket.basketItems.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basketItemPartId"] = "must be a text",
                          },
                          ["basketTotal"] = {
                            ["basket.basketTotal"] = "must be a number",
                          },
                          ["basket_id"] = {
                            ["basket.basket_id"] = "must be a text",
                          },
                          ["basket_item_id"] = {
                            ["basket.basketItems.basket_item_id"] = "must be a text",
                            ["basket.basket_items.basket_item_id"] = "must be a text",
                          },
                          ["basket_item_part_id"] = {
                            ["basket.basketItems.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basket_item_part_id"] = "must be a text",
                          },
                          ["basket_total"] = {
                            ["basket.basket_total"] = "must be a number",
                          },
                          ["bin"] = {
                            ["order.paymentDetail.bin"] = "must be a text",
                            ["order.payment_detail.bin"] = "must be a text",
                          },
                          ["campaign"] = {
                            ["campaign"] = "must be a text",
                          },
                          ["city"] = {
                            ["basket.billingAddress.city"] = "must be a text",
                            ["basket.billing_address.city"] = "must be a text",
                            ["basket.shippingAddress.city"] = "must be a text",
                            ["basket.shipping_address.city"] = "must be a text",
                            ["order.billingAddress.city"] = "must be a text",
                            ["order.billing_address.city"] = "must be a text",
                            ["order.shippingAddress.city"] = "must be a text",
                            ["order.shipping_address.city"] = "must be a text",
                          },
                          ["count"] = {
                            ["action.count"] = "must be a whole number of 32 bits",
                          },
                          ["country"] = {
                            ["basket.billingAddress.country"] = "must be a text",
                            ["basket.billing_address.country"] = "must be a text",
                            ["basket.shippingAddress.country"] = "must be a text",
                            ["basket.shipping_address.country"] = "must be a text",
                            ["order.billingAddress.country"] = "must be a text",
                            ["order.billing_address.country"] = "must be a text",
                            ["order.shippingAddress.country"] = "must be a text",
                            ["order.shipping_address.country"] = "must be a text",
                          },
                          ["countryCode"] = {
                            ["basket.billingAddress.countryCode"] = "must be a text",
                            ["basket.billing_address.countryCode"] = "must be a text",
                            ["basket.shippingAddress.countryCode"] = "must be a text",
                            ["basket.shipping_address.countryCode"] = "must be a text",
                            ["order.billingAddress.countryCode"] = "must be a text",
                            ["order.billing_address.countryCode"] = "must be a text",
                            ["order.shippingAddress.countryCode"] = "must be a text",
                            ["order.shipping_address.countryCode"] = "must be a text",
                          },
                          ["country_code"] = {
                            ["basket.billingAddress.country_code"] = "must be a text",
                            ["basket.billing_address.country_code"] = "must be a text",
                            ["basket.shippingAddress.country_code"] = "must be a text",
                            ["basket.shipping_address.country_code"] = "must be a text",
                            ["order.billingAddress.country_code"] = "must be a text",
                            ["order.billing_address.country_code"] = "must be a text",
                            ["order.shippingAddress.country_code"] = "must be a text",
                            ["order.shipping_address.country_code"] = "must be a text",
                          },
                          ["createdAt"] = {
                            ["createdAt"] = "must be a text",
                          },
                          ["created_at"] = {
                            ["created_at"] = "must be a text",
                          },
                          ["currencyCode"] = {
                            ["basket.currencyCode"] = "must be a text",
                            ["order.currencyCode"] = "must be a text",
                          },
                          ["currency_code"] = {
                            ["basket.currency_code"] = "must be a text",
                            ["order.currency_code"] = "must be a text",
                          },
                          ["customerId"] = {
                            ["customerId"] = "must be a text",
                          },
                          ["customer_id"] = {
                            ["customer_id"] = "must be a text",
                          },
                          ["description"] = {
                            ["description"] = "must be a text",
                          },
                          ["eventId"] = {
                            ["eventId"] = "must be a text",
                          },
                          ["event_id"] = {
                            ["event_id"] = "must be a text",
                          },
                          ["externalReference"] = {
                            ["basket.customerInfo.externalReference"] = "must be a text",
                            ["basket.customer_info.externalReference"] = "must be a text",
                            ["redemption.externalReference"] = "must be a text",
                          },
                          ["external_reference"] = {
                            ["basket.customerInfo.external_reference"] = "must be a text",
                            ["basket.customer_info.external_reference"] = "must be a text",
                            ["redemption.external_reference"] = "must be a text",
                          },
                          ["financialStatus"] = {
                            ["order.financialStatus"] = "must be a text",
                          },
                          ["financial_status"] = {
                            ["order.financial_status"] = "must be a text",
                          },
                          ["hold"] = {
                            ["redemption.hold"] = "must be true or false",
                          },
                          ["itemPrice"] = {
                            ["basket.basketItems.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basketItems.itemPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basket_items.itemPrice"] = "must be a number",
                            ["order.orderItems.itemPrice"] = "must be a number",
                            ["order.order_items.itemPrice"] = "must be a number",
                          },
                          ["item_price"] = {
                            ["basket.basketItems.basketItemParts.item_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basketItems.item_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.item_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basket_items.item_price"] = "must be a number",
                            ["order.orderItems.item_price"] = "must be a number",
                            ["order.order_items.item_price"] = "must be a number",
                          },
                          ["key"] = {
                            ["attributes.key"] = "must be a text",
                            ["basket.basketItems.attributes.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basketItems.keyValues.key"] = "must be a text",
                            ["basket.basketItems.key_values.key"] = "must be a text",
                            ["basket.basket_items.attributes.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basket_items.keyValues.key"] = "must be a text",
                            ["basket.basket_items.key_values.key"] = "must be a text",
                          },
                          ["name"] = {
                            ["basket.basketItems.basketItemParts.name"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.name"] = "must be a text",
                            ["basket.basketItems.name"] = "must be a text",
                            ["basket.basket_items.basketItemParts.name"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.name"] = "must be a text",
                            ["basket.basket_items.name"] = "must be a text",
                            ["basket.surcharges.name"] = "must be a text",
                            ["order.orderItems.name"] = "must be a text",
                            ["order.order_items.name"] = "must be a text",
                          },
                          ["nameSpace"] = {
                            ["nameSpace"] = "must be a text",
                          },
                          ["name_space"] = {
                            ["name_space"] = "must be a text",
                          },
                          ["orderId"] = {
                            ["order.orderId"] = "must be a text",
                          },
                          ["orderLineId"] = {
                            ["basket.basketItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.orderItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.order_items.orderLineId"] = "must be a whole number of 32 bits",
                          },
                          ["orderStatus"] = {
                            ["order.orderStatus"] = "must be a text",
                          },
                          ["order_id"] = {
                            ["order.order_id"] = "must be a text",
                          },
                          ["order_line_id"] = {
                            ["basket.basketItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.orderItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.order_items.order_line_id"] = "must be a whole number of 32 bits",
                          },
                          ["order_status"] = {
                            ["order.order_status"] = "must be a text",
                          },
                          ["paymentAmount"] = {
                            ["order.paymentDetail.paymentAmount"] = "must be a number",
                            ["order.payment_detail.paymentAmount"] = "must be a number",
                          },
                          ["payment_amount"] = {
                            ["order.paymentDetail.payment_amount"] = "must be a number",
                            ["order.payment_detail.payment_amount"] = "must be a number",
                          },
                          ["phoneNumber"] = {
                            ["basket.billingAddress.phoneNumber"] = "must be a text",
                            ["basket.billing_address.phoneNumber"] = "must be a text",
                            ["basket.shippingAddress.phoneNumber"] = "must be a text",
                            ["basket.shipping_address.phoneNumber"] = "must be a text",
                            ["order.billingAddress.phoneNumber"] = "must be a text",
                            ["order.billing_address.phoneNumber"] = "must be a text",
                            ["order.shippingAddress.phoneNumber"] = "must be a text",
                            ["order.shipping_address.phoneNumber"] = "must be a text",
                          },
                          ["phone_number"] = {
                            ["basket.billingAddress.phone_number"] = "must be a text",
                            ["basket.billing_address.phone_number"] = "must be a text",
                            ["basket.shippingAddress.phone_number"] = "must be a text",
                            ["basket.shipping_address.phone_number"] = "must be a text",
                            ["order.billingAddress.phone_number"] = "must be a text",
                            ["order.billing_address.phone_number"] = "must be a text",
                            ["order.shippingAddress.phone_number"] = "must be a text",
                            ["order.shipping_address.phone_number"] = "must be a text",
                          },
                          ["pointsAmount"] = {
                            ["order.redemptionDetail.pointsAmount"] = "must be a number",
                            ["order.redemption_detail.pointsAmount"] = "must be a number",
                          },
                          ["points_amount"] = {
                            ["order.redemptionDetail.points_amount"] = "must be a number",
                            ["order.redemption_detail.points_amount"] = "must be a number",
                          },
                          ["postalCode"] = {
                            ["basket.billingAddress.postalCode"] = "must be a text",
                            ["basket.billing_address.postalCode"] = "must be a text",
                            ["basket.shippingAddress.postalCode"] = "must be a text",
                            ["basket.shipping_address.postalCode"] = "must be a text",
                            ["order.billingAddress.postalCode"] = "must be a text",
                            ["order.billing_address.postalCode"] = "must be a text",
                            ["order.shippingAddress.postalCode"] = "must be a text",
                            ["order.shipping_address.postalCode"] = "must be a text",
                          },
                          ["postal_code"] = {
                            ["basket.billingAddress.postal_code"] = "must be a text",
                            ["basket.billing_address.postal_code"] = "must be a text",
                            ["basket.shippingAddress.postal_code"] = "must be a text",
                            ["basket.shipping_address.postal_code"] = "must be a text",
                            ["order.billingAddress.postal_code"] = "must be a text",
                            ["order.billing_address.postal_code"] = "must be a text",
                            ["order.shippingAddress.postal_code"] = "must be a text",
                            ["order.shipping_address.postal_code"] = "must be a text",
                          },
                          ["productId"] = {
                            ["basket.basketItems.basketItemParts.productId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.productId"] = "must be a text",
                            ["basket.basketItems.productId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.productId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.productId"] = "must be a text",
                            ["basket.basket_items.productId"] = "must be a text",
                            ["order.orderItems.productId"] = "must be a text",
                            ["order.order_items.productId"] = "must be a text",
                          },
                          ["product_id"] = {
                            ["basket.basketItems.basketItemParts.product_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basketItems.product_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.product_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basket_items.product_id"] = "must be a text",
                            ["order.orderItems.product_id"] = "must be a text",
                            ["order.order_items.product_id"] = "must be a text",
                          },
                          ["quantity"] = {
                            ["basket.basketItems.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.quantity"] = "must be a whole number of 32 bits",
                            ["order.orderItems.quantity"] = "must be a whole number of 32 bits",
                            ["order.order_items.quantity"] = "must be a whole number of 32 bits",
                            ["redemption.quantity"] = "must be a whole number of 32 bits",
                          },
                          ["reference"] = {
                            ["reference"] = "must be a text",
                          },
                          ["refundedTotal"] = {
                            ["order.refundedTotal"] = "must be a number",
                          },
                          ["refunded_total"] = {
                            ["order.refunded_total"] = "must be a number",
                          },
                          ["rewardsEligibleTotal"] = {
                            ["basket.rewardsEligibleTotal"] = "must be a number",
                            ["order.rewardsEligibleTotal"] = "must be a number",
                          },
                          ["rewards_eligible_total"] = {
                            ["basket.rewards_eligible_total"] = "must be a number",
                            ["order.rewards_eligible_total"] = "must be a number",
                          },
                          ["scheme"] = {
                            ["order.paymentDetail.scheme"] = "must be a text",
                            ["order.payment_detail.scheme"] = "must be a text",
                          },
                          ["segmentation"] = {
                            ["order.paymentDetail.segmentation"] = "must be a text",
                            ["order.payment_detail.segmentation"] = "must be a text",
                          },
                          ["shippingTotal"] = {
                            ["basket.shippingTotal"] = "must be a number",
                            ["order.shippingTotal"] = "must be a number",
                          },
                          ["shipping_total"] = {
                            ["basket.shipping_total"] = "must be a number",
                            ["order.shipping_total"] = "must be a number",
                          },
                          ["sku"] = {
                            ["basket.basketItems.basketItemParts.sku"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.sku"] = "must be a text",
                            ["basket.basketItems.sku"] = "must be a text",
                            ["basket.basket_items.basketItemParts.sku"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.sku"] = "must be a text",
                            ["basket.basket_items.sku"] = "must be a text",
                            ["order.orderItems.sku"] = "must be a text",
                            ["order.order_items.sku"] = "must be a text",
                          },
                          ["source"] = {
                            ["transaction.source"] = "must be a text",
                          },
                          ["state"] = {
                            ["basket.billingAddress.state"] = "must be a text",
                            ["basket.billing_address.state"] = "must be a text",
                            ["basket.shippingAddress.state"] = "must be a text",
                            ["basket.shipping_address.state"] = "must be a text",
                            ["order.billingAddress.state"] = "must be a text",
                            ["order.billing_address.state"] = "must be a text",
                            ["order.shippingAddress.state"] = "must be a text",
                            ["order.shipping_address.state"] = "must be a text",
                          },
                          ["stateCode"] = {
                            ["basket.billingAddress.stateCode"] = "must be a text",
                            ["basket.billing_address.stateCode"] = "must be a text",
                            ["basket.shippingAddress.stateCode"] = "must be a text",
                            ["basket.shipping_address.stateCode"] = "must be a text",
                            ["order.billingAddress.stateCode"] = "must be a text",
                            ["order.billing_address.stateCode"] = "must be a text",
                            ["order.shippingAddress.stateCode"] = "must be a text",
                            ["order.shipping_address.stateCode"] = "must be a text",
                          },
                          ["state_code"] = {
                            ["basket.billingAddress.state_code"] = "must be a text",
                            ["basket.billing_address.state_code"] = "must be a text",
                            ["basket.shippingAddress.state_code"] = "must be a text",
                            ["basket.shipping_address.state_code"] = "must be a text",
                            ["order.billingAddress.state_code"] = "must be a text",
                            ["order.billing_address.state_code"] = "must be a text",
                            ["order.shippingAddress.state_code"] = "must be a text",
                            ["order.shipping_address.state_code"] = "must be a text",
                          },
                          ["street1"] = {
                            ["basket.billingAddress.street1"] = "must be a text",
                            ["basket.billing_address.street1"] = "must be a text",
                            ["basket.shippingAddress.street1"] = "must be a text",
                            ["basket.shipping_address.street1"] = "must be a text",
                            ["order.billingAddress.street1"] = "must be a text",
                            ["order.billing_address.street1"] = "must be a text",
                            ["order.shippingAddress.street1"] = "must be a text",
                            ["order.shipping_address.street1"] = "must be a text",
                          },
                          ["street2"] = {
                            ["basket.billingAddress.street2"] = "must be a text",
                            ["basket.billing_address.street2"] = "must be a text",
                            ["basket.shippingAddress.street2"] = "must be a text",
                            ["basket.shipping_address.street2"] = "must be a text",
                            ["order.billingAddress.street2"] = "must be a text",
                            ["order.billing_address.street2"] = "must be a text",
                            ["order.shippingAddress.street2"] = "must be a text",
                            ["order.shipping_address.street2"] = "must be a text",
                          },
                          ["tags"] = {
                            ["basket.basketItems.basketItemParts.tags"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.tags"] = "must be a text",
                            ["basket.basketItems.tags"] = "must be a text",
                            ["basket.basket_items.basketItemParts.tags"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.tags"] = "must be a text",
                            ["basket.basket_items.tags"] = "must be a text",
                          },
                          ["taxTotal"] = {
                            ["basket.taxTotal"] = "must be a number",
                            ["order.taxTotal"] = "must be a number",
                          },
                          ["tax_total"] = {
                            ["basket.tax_total"] = "must be a number",
                            ["order.tax_total"] = "must be a number",
                          },
                          ["tenantId"] = {
                            ["tenantId"] = "must be a text",
                          },
                          ["tenant_id"] = {
                            ["tenant_id"] = "must be a text",
                          },
                          ["total"] = {
                            ["order.total"] = "must be a number",
                            ["transaction.total"] = "must be a number",
                          },
                          ["totalPrice"] = {
                            ["basket.basketItems.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basketItems.totalPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basket_items.totalPrice"] = "must be a number",
                          },
                          ["total_price"] = {
                            ["basket.basketItems.basketItemParts.total_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basketItems.total_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.total_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basket_items.total_price"] = "must be a number",
                          },
                          ["updatedAt"] = {
                            ["updatedAt"] = "must be a text",
                          },
                          ["updated_at"] = {
                            ["updated_at"] = "must be a text",
                          },
                          ["value"] = {
                            ["attributes.value"] = "must be a text",
                            ["basket.basketItems.attributes.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basketItems.keyValues.value"] = "must be a text",
                            ["basket.basketItems.key_values.value"] = "must be a text",
                            ["basket.basket_items.attributes.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basket_items.keyValues.value"] = "must be a text",
                            ["basket.basket_items.key_values.value"] = "must be a text",
                          },
                          ["vendor"] = {
                            ["basket.basketItems.basketItemParts.vendor"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basketItems.vendor"] = "must be a text",
                            ["basket.basket_items.basketItemParts.vendor"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basket_items.vendor"] = "must be a text",
                            ["order.orderItems.vendor"] = "must be a text",
                            ["order.order_items.vendor"] = "must be a text",
                          },
                        },
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
                        ["fields"] = {
                          ["amount"] = {
                            ["action.amount"] = "must be a number",
                            ["basket.surcharges.amount"] = "must be a number",
                          },
                          ["bank"] = {
                            ["order.paymentDetail.bank"] = "must be a text",
                            ["order.payment_detail.bank"] = "must be a text",
                          },
                          ["basketId"] = {
                            ["basket.basketId"] = "must be a text",
                          },
                          ["basketItemId"] = {
                            ["basket.basketItems.basketItemId"] = "must be a text",
                            ["basket.basket_items.basketItemId"] = "must be a text",
                          },
                          ["basketItemPartId"] = {
                            ["basket.basketItems.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basketItemPartId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basketItemPartId"] = "must be a text",
                          },
                          ["basketTotal"] = {
                            ["basket.basketTotal"] = "must be a number",
                          },
                          ["basket_id"] = {
                            ["basket.basket_id"] = "must be a text",
                          },
                          ["basket_item_id"] = {
                            ["basket.basketItems.basket_item_id"] = "must be a text",
                            ["basket.basket_items.basket_item_id"] = "must be a text",
                          },
                          ["basket_item_part_id"] = {
                            ["basket.basketItems.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.basket_item_part_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.basket_item_part_id"] = "must be a text",
                          },
                          ["basket_total"] = {
                            ["basket.basket_total"] = "must be a number",
                          },
                          ["bin"] = {
                            ["order.paymentDetail.bin"] = "must be a text",
                            ["order.payment_detail.bin"] = "must be a text",
                          },
                          ["campaign"] = {
                            ["campaign"] = "must be a text",
                          },
                          ["city"] = {
                            ["basket.billingAddress.city"] = "must be a text",
                            ["basket.billing_address.city"] = "must be a text",
                            ["basket.shippingAddress.city"] = "must be a text",
                            ["basket.shipping_address.city"] = "must be a text",
                            ["order.billingAddress.city"] = "must be a text",
                            ["order.billing_address.city"] = "must be a text",
                            ["order.shippingAddress.city"] = "must be a text",
                            ["order.shipping_address.city"] = "must be a text",
                          },
                          ["count"] = {
                            ["action.count"] = "must be a whole number of 32 bits",
                          },
                          ["country"] = {
                            ["basket.billingAddress.country"] = "must be a text",
                            ["basket.billing_address.country"] = "must be a text",
                            ["basket.shippingAddress.country"] = "must be a text",
                            ["basket.shipping_address.country"] = "must be a text",
                            ["order.billingAddress.country"] = "must be a text",
                            ["order.billing_address.country"] = "must be a text",
                            ["order.shippingAddress.country"] = "must be a text",
                            ["order.shipping_address.country"] = "must be a text",
                          },
                          ["countryCode"] = {
                            ["basket.billingAddress.countryCode"] = "must be a text",
                            ["basket.billing_address.countryCode"] = "must be a text",
                            ["basket.shippingAddress.countryCode"] = "must be a text",
                            ["basket.shipping_address.countryCode"] = "must be a text",
                            ["order.billingAddress.countryCode"] = "must be a text",
                            ["order.billing_address.countryCode"] = "must be a text",
                            ["order.shippingAddress.countryCode"] = "must be a text",
                            ["order.shipping_address.countryCode"] = "must be a text",
                          },
                          ["country_code"] = {
                            ["basket.billingAddress.country_code"] = "must be a text",
                            ["basket.billing_address.country_code"] = "must be a text",
                            ["basket.shippingAddress.country_code"] = "must be a text",
                            ["basket.shipping_address.country_code"] = "must be a text",
                            ["order.billingAddress.country_code"] = "must be a text",
                            ["order.billing_address.country_code"] = "must be a text",
                            ["order.shippingAddress.country_code"] = "must be a text",
                            ["order.shipping_address.country_code"] = "must be a text",
                          },
                          ["createdAt"] = {
                            ["createdAt"] = "must be a text",
                          },
                          ["created_at"] = {
                            ["created_at"] = "must be a text",
                          },
                          ["currencyCode"] = {
                            ["basket.currencyCode"] = "must be a text",
                            ["order.currencyCode"] = "must be a text",
                          },
                          ["currency_code"] = {
                            ["basket.currency_code"] = "must be a text",
                            ["order.currency_code"] = "must be a text",
                          },
                          ["customerId"] = {
                            ["customerId"] = "must be a text",
                          },
                          ["customer_id"] = {
                            ["customer_id"] = "must be a text",
                          },
                          ["description"] = {
                            ["description"] = "must be a text",
                          },
                          ["eventId"] = {
                            ["eventId"] = "must be a text",
                          },
                          ["event_id"] = {
                            ["event_id"] = "must be a text",
                          },
                          ["externalReference"] = {
                            ["basket.customerInfo.externalReference"] = "must be a text",
                            ["basket.customer_info.externalReference"] = "must be a text",
                            ["redemption.externalReference"] = "must be a text",
                          },
                          ["external_reference"] = {
                            ["basket.customerInfo.external_reference"] = "must be a text",
                            ["basket.customer_info.external_reference"] = "must be a text",
                            ["redemption.external_reference"] = "must be a text",
                          },
                          ["financialStatus"] = {
                            ["order.financialStatus"] = "must be a text",
                          },
                          ["financial_status"] = {
                            ["order.financial_status"] = "must be a text",
                          },
                          ["hold"] = {
                            ["redemption.hold"] = "must be true or false",
                          },
                          ["itemPrice"] = {
                            ["basket.basketItems.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basketItems.itemPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.itemPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.itemPrice"] = "must be a number",
                            ["basket.basket_items.itemPrice"] = "must be a number",
                            ["order.orderItems.itemPrice"] = "must be a number",
                            ["order.order_items.itemPrice"] = "must be a number",
                          },
                          ["item_price"] = {
                            ["basket.basketItems.basketItemParts.item_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basketItems.item_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.item_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.item_price"] = "must be a number",
                            ["basket.basket_items.item_price"] = "must be a number",
                            ["order.orderItems.item_price"] = "must be a number",
                            ["order.order_items.item_price"] = "must be a number",
                          },
                          ["key"] = {
                            ["attributes.key"] = "must be a text",
                            ["basket.basketItems.attributes.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basketItems.keyValues.key"] = "must be a text",
                            ["basket.basketItems.key_values.key"] = "must be a text",
                            ["basket.basket_items.attributes.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.key"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.key"] = "must be a text",
                            ["basket.basket_items.keyValues.key"] = "must be a text",
                            ["basket.basket_items.key_values.key"] = "must be a text",
                          },
                          ["name"] = {
                            ["basket.basketItems.basketItemParts.name"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.name"] = "must be a text",
                            ["basket.basketItems.name"] = "must be a text",
                            ["basket.basket_items.basketItemParts.name"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.name"] = "must be a text",
                            ["basket.basket_items.name"] = "must be a text",
                            ["basket.surcharges.name"] = "must be a text",
                            ["order.orderItems.name"] = "must be a text",
                            ["order.order_items.name"] = "must be a text",
                          },
                          ["nameSpace"] = {
                            ["nameSpace"] = "must be a text",
                          },
                          ["name_space"] = {
                            ["name_space"] = "must be a text",
                          },
                          ["orderId"] = {
                            ["order.orderId"] = "must be a text",
                          },
                          ["orderLineId"] = {
                            ["basket.basketItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.orderItems.orderLineId"] = "must be a whole number of 32 bits",
                            ["order.order_items.orderLineId"] = "must be a whole number of 32 bits",
                          },
                          ["orderStatus"] = {
                            ["order.orderStatus"] = "must be a text",
                          },
                          ["order_id"] = {
                            ["order.order_id"] = "must be a text",
                          },
                          ["order_line_id"] = {
                            ["basket.basketItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.orderItems.order_line_id"] = "must be a whole number of 32 bits",
                            ["order.order_items.order_line_id"] = "must be a whole number of 32 bits",
                          },
                          ["order_status"] = {
                            ["order.order_status"] = "must be a text",
                          },
                          ["paymentAmount"] = {
                            ["order.paymentDetail.paymentAmount"] = "must be a number",
                            ["order.payment_detail.paymentAmount"] = "must be a number",
                          },
                          ["payment_amount"] = {
                            ["order.paymentDetail.payment_amount"] = "must be a number",
                            ["order.payment_detail.payment_amount"] = "must be a number",
                          },
                          ["phoneNumber"] = {
                            ["basket.billingAddress.phoneNumber"] = "must be a text",
                            ["basket.billing_address.phoneNumber"] = "must be a text",
                            ["basket.shippingAddress.phoneNumber"] = "must be a text",
                            ["basket.shipping_address.phoneNumber"] = "must be a text",
                            ["order.billingAddress.phoneNumber"] = "must be a text",
                            ["order.billing_address.phoneNumber"] = "must be a text",
                            ["order.shippingAddress.phoneNumber"] = "must be a text",
                            ["order.shipping_address.phoneNumber"] = "must be a text",
                          },
                          ["phone_number"] = {
                            ["basket.billingAddress.phone_number"] = "must be a text",
                            ["basket.billing_address.phone_number"] = "must be a text",
                            ["basket.shippingAddress.phone_number"] = "must be a text",
                            ["basket.shipping_address.phone_number"] = "must be a text",
                            ["order.billingAddress.phone_number"] = "must be a text",
                            ["order.billing_address.phone_number"] = "must be a text",
                            ["order.shippingAddress.phone_number"] = "must be a text",
                            ["order.shipping_address.phone_number"] = "must be a text",
                          },
                          ["pointsAmount"] = {
                            ["order.redemptionDetail.pointsAmount"] = "must be a number",
                            ["order.redemption_detail.pointsAmount"] = "must be a number",
                          },
                          ["points_amount"] = {
                            ["order.redemptionDetail.points_amount"] = "must be a number",
                            ["order.redemption_detail.points_amount"] = "must be a number",
                          },
                          ["postalCode"] = {
                            ["basket.billingAddress.postalCode"] = "must be a text",
                            ["basket.billing_address.postalCode"] = "must be a text",
                            ["basket.shippingAddress.postalCode"] = "must be a text",
                            ["basket.shipping_address.postalCode"] = "must be a text",
                            ["order.billingAddress.postalCode"] = "must be a text",
                            ["order.billing_address.postalCode"] = "must be a text",
                            ["order.shippingAddress.postalCode"] = "must be a text",
                            ["order.shipping_address.postalCode"] = "must be a text",
                          },
                          ["postal_code"] = {
                            ["basket.billingAddress.postal_code"] = "must be a text",
                            ["basket.billing_address.postal_code"] = "must be a text",
                            ["basket.shippingAddress.postal_code"] = "must be a text",
                            ["basket.shipping_address.postal_code"] = "must be a text",
                            ["order.billingAddress.postal_code"] = "must be a text",
                            ["order.billing_address.postal_code"] = "must be a text",
                            ["order.shippingAddress.postal_code"] = "must be a text",
                            ["order.shipping_address.postal_code"] = "must be a text",
                          },
                          ["productId"] = {
                            ["basket.basketItems.basketItemParts.productId"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.productId"] = "must be a text",
                            ["basket.basketItems.productId"] = "must be a text",
                            ["basket.basket_items.basketItemParts.productId"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.productId"] = "must be a text",
                            ["basket.basket_items.productId"] = "must be a text",
                            ["order.orderItems.productId"] = "must be a text",
                            ["order.order_items.productId"] = "must be a text",
                          },
                          ["product_id"] = {
                            ["basket.basketItems.basketItemParts.product_id"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basketItems.product_id"] = "must be a text",
                            ["basket.basket_items.basketItemParts.product_id"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.product_id"] = "must be a text",
                            ["basket.basket_items.product_id"] = "must be a text",
                            ["order.orderItems.product_id"] = "must be a text",
                            ["order.order_items.product_id"] = "must be a text",
                          },
                          ["quantity"] = {
                            ["basket.basketItems.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basketItems.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basketItemParts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.basket_item_parts.quantity"] = "must be a whole number of 32 bits",
                            ["basket.basket_items.quantity"] = "must be a whole number of 32 bits",
                            ["order.orderItems.quantity"] = "must be a whole number of 32 bits",
                            ["order.order_items.quantity"] = "must be a whole number of 32 bits",
                            ["redemption.quantity"] = "must be a whole number of 32 bits",
                          },
                          ["reference"] = {
                            ["reference"] = "must be a text",
                          },
                          ["refundedTotal"] = {
                            ["order.refundedTotal"] = "must be a number",
                          },
                          ["refunded_total"] = {
                            ["order.refunded_total"] = "must be a number",
                          },
                          ["rewardsEligibleTotal"] = {
                            ["basket.rewardsEligibleTotal"] = "must be a number",
                            ["order.rewardsEligibleTotal"] = "must be a number",
                          },
                          ["rewards_eligible_total"] = {
                            ["basket.rewards_eligible_total"] = "must be a number",
                            ["order.rewards_eligible_total"] = "must be a number",
                          },
                          ["scheme"] = {
                            ["order.paymentDetail.scheme"] = "must be a text",
                            ["order.payment_detail.scheme"] = "must be a text",
                          },
                          ["segmentation"] = {
                            ["order.paymentDetail.segmentation"] = "must be a text",
                            ["order.payment_detail.segmentation"] = "must be a text",
                          },
                          ["shippingTotal"] = {
                            ["basket.shippingTotal"] = "must be a number",
                            ["order.shippingTotal"] = "must be a number",
                          },
                          ["shipping_total"] = {
                            ["basket.shipping_total"] = "must be a number",
                            ["order.shipping_total"] = "must be a number",
                          },
                          ["sku"] = {
                            ["basket.basketItems.basketItemParts.sku"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.sku"] = "must be a text",
                            ["basket.basketItems.sku"] = "must be a text",
                            ["basket.basket_items.basketItemParts.sku"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.sku"] = "must be a text",
                            ["basket.basket_items.sku"] = "must be a text",
                            ["order.orderItems.sku"] = "must be a text",
                            ["order.order_items.sku"] = "must be a text",
                          },
                          ["source"] = {
                            ["transaction.source"] = "must be a text",
                          },
                          ["state"] = {
                            ["basket.billingAddress.state"] = "must be a text",
                            ["basket.billing_address.state"] = "must be a text",
                            ["basket.shippingAddress.state"] = "must be a text",
                            ["basket.shipping_address.state"] = "must be a text",
                            ["order.billingAddress.state"] = "must be a text",
                            ["order.billing_address.state"] = "must be a text",
                            ["order.shippingAddress.state"] = "must be a text",
                            ["order.shipping_address.state"] = "must be a text",
                          },
                          ["stateCode"] = {
                            ["basket.billingAddress.stateCode"] = "must be a text",
                            ["basket.billing_address.stateCode"] = "must be a text",
                            ["basket.shippingAddress.stateCode"] = "must be a text",
                            ["basket.shipping_address.stateCode"] = "must be a text",
                            ["order.billingAddress.stateCode"] = "must be a text",
                            ["order.billing_address.stateCode"] = "must be a text",
                            ["order.shippingAddress.stateCode"] = "must be a text",
                            ["order.shipping_address.stateCode"] = "must be a text",
                          },
                          ["state_code"] = {
                            ["basket.billingAddress.state_code"] = "must be a text",
                            ["basket.billing_address.state_code"] = "must be a text",
                            ["basket.shippingAddress.state_code"] = "must be a text",
                            ["basket.shipping_address.state_code"] = "must be a text",
                            ["order.billingAddress.state_code"] = "must be a text",
                            ["order.billing_address.state_code"] = "must be a text",
                            ["order.shippingAddress.state_code"] = "must be a text",
                            ["order.shipping_address.state_code"] = "must be a text",
                          },
                          ["street1"] = {
                            ["basket.billingAddress.street1"] = "must be a text",
                            ["basket.billing_address.street1"] = "must be a text",
                            ["basket.shippingAddress.street1"] = "must be a text",
                            ["basket.shipping_address.street1"] = "must be a text",
                            ["order.billingAddress.street1"] = "must be a text",
                            ["order.billing_address.street1"] = "must be a text",
                            ["order.shippingAddress.street1"] = "must be a text",
                            ["order.shipping_address.street1"] = "must be a text",
                          },
                          ["street2"] = {
                            ["basket.billingAddress.street2"] = "must be a text",
                            ["basket.billing_address.street2"] = "must be a text",
                            ["basket.shippingAddress.street2"] = "must be a text",
                            ["basket.shipping_address.street2"] = "must be a text",
                            ["order.billingAddress.street2"] = "must be a text",
                            ["order.billing_address.street2"] = "must be a text",
                            ["order.shippingAddress.street2"] = "must be a text",
                            ["order.shipping_address.street2"] = "must be a text",
                          },
                          ["tags"] = {
                            ["basket.basketItems.basketItemParts.tags"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.tags"] = "must be a text",
                            ["basket.basketItems.tags"] = "must be a text",
                            ["basket.basket_items.basketItemParts.tags"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.tags"] = "must be a text",
                            ["basket.basket_items.tags"] = "must be a text",
                          },
                          ["taxTotal"] = {
                            ["basket.taxTotal"] = "must be a number",
                            ["order.taxTotal"] = "must be a number",
                          },
                          ["tax_total"] = {
                            ["basket.tax_total"] = "must be a number",
                            ["order.tax_total"] = "must be a number",
                          },
                          ["tenantId"] = {
                            ["tenantId"] = "must be a text",
                          },
                          ["tenant_id"] = {
                            ["tenant_id"] = "must be a text",
                          },
                          ["total"] = {
                            ["order.total"] = "must be a number",
                            ["transaction.total"] = "must be a number",
                          },
                          ["totalPrice"] = {
                            ["basket.basketItems.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basketItems.totalPrice"] = "must be a number",
                            ["basket.basket_items.basketItemParts.totalPrice"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.totalPrice"] = "must be a number",
                            ["basket.basket_items.totalPrice"] = "must be a number",
                          },
                          ["total_price"] = {
                            ["basket.basketItems.basketItemParts.total_price"] = "must be a number",
                            ["basket.basketItems.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basketItems.total_price"] = "must be a number",
                            ["basket.basket_items.basketItemParts.total_price"] = "must be a number",
                            ["basket.basket_items.basket_item_parts.total_price"] = "must be a number",
                            ["basket.basket_items.total_price"] = "must be a number",
                          },
                          ["updatedAt"] = {
                            ["updatedAt"] = "must be a text",
                          },
                          ["updated_at"] = {
                            ["updated_at"] = "must be a text",
                          },
                          ["value"] = {
                            ["attributes.value"] = "must be a text",
                            ["basket.basketItems.attributes.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basketItems.keyValues.value"] = "must be a text",
                            ["basket.basketItems.key_values.value"] = "must be a text",
                            ["basket.basket_items.attributes.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basketItemParts.key_values.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.keyValues.value"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.key_values.value"] = "must be a text",
                            ["basket.basket_items.keyValues.value"] = "must be a text",
                            ["basket.basket_items.key_values.value"] = "must be a text",
                          },
                          ["vendor"] = {
                            ["basket.basketItems.basketItemParts.vendor"] = "must be a text",
                            ["basket.basketItems.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basketItems.vendor"] = "must be a text",
                            ["basket.basket_items.basketItemParts.vendor"] = "must be a text",
                            ["basket.basket_items.basket_item_parts.vendor"] = "must be a text",
                            ["basket.basket_items.vendor"] = "must be a text",
                            ["order.orderItems.vendor"] = "must be a text",
                            ["order.order_items.vendor"] = "must be a text",
                          },
                        },
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
                    ["fields"] = {
                      ["campaign_id"] = {
                        ["job_parameters.campaign_id"] = "must be a text",
                      },
                      ["catch_up"] = {
                        ["catch_up"] = "must be one of NONE, LATEST, ALL",
                      },
                      ["deleted"] = {
                        ["deleted"] = "must be true or false",
                      },
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["is_active"] = {
                        ["is_active"] = "must be true or false",
                      },
                      ["is_scheduled"] = {
                        ["is_scheduled"] = "must be true or false",
                      },
                      ["notification"] = {
                        ["notification"] = "must be one of REMINDER, PRICE_DROP, LOW_STOCK, BACK_IN_STOCK",
                      },
                      ["number_of_items_in_email"] = {
                        ["number_of_items_in_email"] = "must be a whole number of 32 bits",
                      },
                      ["overlap"] = {
                        ["overlap"] = "must be one of SKIP, QUEUE",
                      },
                      ["schedule"] = {
                        ["schedule"] = "must be a text",
                      },
                      ["scheduleExpression"] = {
                        ["scheduleExpression"] = "must be a text",
                      },
                      ["schedule_expression"] = {
                        ["schedule_expression"] = "must be a text",
                      },
                      ["template_id"] = {
                        ["template_id"] = "must be a text",
                      },
                      ["time_zone"] = {
                        ["time_zone"] = "must be a text",
                      },
                      ["utm_medium"] = {
                        ["job_parameters.utm_medium"] = "must be a text",
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
                      ["fields"] = {
                        ["campaign_id"] = {
                          ["job_parameters.campaign_id"] = "must be a text",
                        },
                        ["catch_up"] = {
                          ["catch_up"] = "must be one of NONE, LATEST, ALL",
                        },
                        ["deleted"] = {
                          ["deleted"] = "must be true or false",
                        },
                        ["id"] = {
                          ["id"] = "must be a text",
                        },
                        ["is_active"] = {
                          ["is_active"] = "must be true or false",
                        },
                        ["is_scheduled"] = {
                          ["is_scheduled"] = "must be true or false",
                        },
                        ["notification"] = {
                          ["notification"] = "must be one of REMINDER, PRICE_DROP, LOW_STOCK, BACK_IN_STOCK",
                        },
                        ["number_of_items_in_email"] = {
                          ["number_of_items_in_email"] = "must be a whole number of 32 bits",
                        },
                        ["overlap"] = {
                          ["overlap"] = "must be one of SKIP, QUEUE",
                        },
                        ["schedule"] = {
                          ["schedule"] = "must be a text",
                        },
                        ["scheduleExpression"] = {
                          ["scheduleExpression"] = "must be a text",
                        },
                        ["schedule_expression"] = {
                          ["schedule_expression"] = "must be a text",
                        },
                        ["template_id"] = {
                          ["template_id"] = "must be a text",
                        },
                        ["time_zone"] = {
                          ["time_zone"] = "must be a text",
                        },
                        ["utm_medium"] = {
                          ["job_parameters.utm_medium"] = "must be a text",
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
                    ["fields"] = {
                      ["amount"] = {
                        ["fulfilments.amount"] = "must be a number",
                      },
                      ["assesses"] = {
                        ["assesses"] = "must be one of ACTION, ORDER, TRANSACTION, SPEND, BASKET",
                      },
                      ["base"] = {
                        ["fulfilments.base"] = "must be one of TOTAL, REWARDS_ELIGIBLE_TOTAL",
                      },
                      ["beginsWith"] = {
                        ["nameSpace.beginsWith"] = "must be a text",
                        ["name_space.beginsWith"] = "must be a text",
                      },
                      ["begins_with"] = {
                        ["nameSpace.begins_with"] = "must be a text",
                        ["name_space.begins_with"] = "must be a text",
                      },
                      ["changedAt"] = {
                        ["changedAt"] = "must be a text",
                      },
                      ["changed_at"] = {
                        ["changed_at"] = "must be a text",
                      },
                      ["code"] = {
                        ["fulfilments.code"] = "must be a text",
                      },
                      ["condition"] = {
                        ["condition"] = "must be a text",
                      },
                      ["createdAt"] = {
                        ["createdAt"] = "must be a text",
                      },
                      ["created_at"] = {
                        ["created_at"] = "must be a text",
                      },
                      ["description"] = {
                        ["description"] = "must be a text",
                      },
                      ["effectiveFrom"] = {
                        ["effectiveFrom"] = "must be a text",
                      },
                      ["effectiveTo"] = {
                        ["effectiveTo"] = "must be a text",
                      },
                      ["effective_from"] = {
                        ["effective_from"] = "must be a text",
                      },
                      ["effective_to"] = {
                        ["effective_to"] = "must be a text",
                      },
                      ["equals"] = {
                        ["nameSpace.equals"] = "must be a text",
                        ["name_space.equals"] = "must be a text",
                      },
                      ["expiry"] = {
                        ["fulfilments.expiry"] = "must be a text",
                      },
                      ["html"] = {
                        ["fulfilments.email.html"] = "must be a text",
                      },
                      ["lastConditionError"] = {
                        ["lastConditionError"] = "must be a text",
                      },
                      ["last_condition_error"] = {
                        ["last_condition_error"] = "must be a text",
                      },
                      ["name"] = {
                        ["name"] = "must be a text",
                      },
                      ["percent"] = {
                        ["fulfilments.percent"] = "must be a number",
                      },
                      ["points"] = {
                        ["fulfilments.points"] = "must be a number",
                      },
                      ["productIds"] = {
                        ["fulfilments.products.productIds"] = "must be a text",
                      },
                      ["product_ids"] = {
                        ["fulfilments.products.product_ids"] = "must be a text",
                      },
                      ["ruleId"] = {
                        ["ruleId"] = "must be a text",
                      },
                      ["rule_id"] = {
                        ["rule_id"] = "must be a text",
                      },
                      ["segment"] = {
                        ["fulfilments.segment"] = "must be a text",
                      },
                      ["skus"] = {
                        ["fulfilments.products.skus"] = "must be a text",
                      },
                      ["status"] = {
                        ["status"] = "must be one of CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
                      },
                      ["subject"] = {
                        ["fulfilments.email.subject"] = "must be a text",
                      },
                      ["tags"] = {
                        ["fulfilments.products.tags"] = "must be a text",
                      },
                      ["templateId"] = {
                        ["fulfilments.email.templateId"] = "must be a text",
                      },
                      ["template_id"] = {
                        ["fulfilments.email.template_id"] = "must be a text",
                      },
                      ["text"] = {
                        ["fulfilments.email.text"] = "must be a text",
                      },
                      ["topic"] = {
                        ["fulfilments.topic"] = "must be a text",
                      },
                      ["type"] = {
                        ["fulfilments.type"] = "must be one of POINTS_FLAT, POINTS_PER_UNIT, ADD_TO_SEGMENT, REMOVE_FROM_SEGMENT, SEND_EMAIL, CALL_WEBHOOK, EMIT_TOPIC, VOUCHER, BASKET_DISCOUNT_PERCENT, BASKET_DISCOUNT_AMOUNT, DELIVERY_DISCOUNT_PERCENT, DELIVERY_DISCOUNT_AMOUNT, PRODUCT_DISCOUNT_PERCENT, PRODUCT_DISCOUNT_AMOUNT",
                      },
                      ["url"] = {
                        ["fulfilments.webhook.url"] = "must be a text",
                      },
                      ["vendors"] = {
                        ["fulfilments.products.vendors"] = "must be a text",
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
                      ["fields"] = {
                        ["amount"] = {
                          ["fulfilments.amount"] = "must be a number",
                        },
                        ["assesses"] = {
                          ["assesses"] = "must be one of ACTION, ORDER, TRANSACTION, SPEND, BASKET",
                        },
                        ["base"] = {
                          ["fulfilments.base"] = "must be one of TOTAL, REWARDS_ELIGIBLE_TOTAL",
                        },
                        ["beginsWith"] = {
                          ["nameSpace.beginsWith"] = "must be a text",
                          ["name_space.beginsWith"] = "must be a text",
                        },
                        ["begins_with"] = {
                          ["nameSpace.begins_with"] = "must be a text",
                          ["name_space.begins_with"] = "must be a text",
                        },
                        ["changedAt"] = {
                          ["changedAt"] = "must be a text",
                        },
                        ["changed_at"] = {
                          ["changed_at"] = "must be a text",
                        },
                        ["code"] = {
                          ["fulfilments.code"] = "must be a text",
                        },
                        ["condition"] = {
                          ["condition"] = "must be a text",
                        },
                        ["createdAt"] = {
                          ["createdAt"] = "must be a text",
                        },
                        ["created_at"] = {
                          ["created_at"] = "must be a text",
                        },
                        ["description"] = {
                          ["description"] = "must be a text",
                        },
                        ["effectiveFrom"] = {
                          ["effectiveFrom"] = "must be a text",
                        },
                        ["effectiveTo"] = {
                          ["effectiveTo"] = "must be a text",
                        },
                        ["effective_from"] = {
                          ["effective_from"] = "must be a text",
                        },
                        ["effective_to"] = {
                          ["effective_to"] = "must be a text",
                        },
                        ["equals"] = {
                          ["nameSpace.equals"] = "must be a text",
                          ["name_space.equals"] = "must be a text",
                        },
                        ["expiry"] = {
                          ["fulfilments.expiry"] = "must be a text",
                        },
                        ["html"] = {
                          ["fulfilments.email.html"] = "must be a text",
                        },
                        ["lastConditionError"] = {
                          ["lastConditionError"] = "must be a text",
                        },
                        ["last_condition_error"] = {
                          ["last_condition_error"] = "must be a text",
                        },
                        ["name"] = {
                          ["name"] = "must be a text",
                        },
                        ["percent"] = {
                          ["fulfilments.percent"] = "must be a number",
                        },
                        ["points"] = {
                          ["fulfilments.points"] = "must be a number",
                        },
                        ["productIds"] = {
                          ["fulfilments.products.productIds"] = "must be a text",
                        },
                        ["product_ids"] = {
                          ["fulfilments.products.product_ids"] = "must be a text",
                        },
                        ["ruleId"] = {
                          ["ruleId"] = "must be a text",
                        },
                        ["rule_id"] = {
                          ["rule_id"] = "must be a text",
                        },
                        ["segment"] = {
                          ["fulfilments.segment"] = "must be a text",
                        },
                        ["skus"] = {
                          ["fulfilments.products.skus"] = "must be a text",
                        },
                        ["status"] = {
                          ["status"] = "must be one of CONFIGURE, TEST, ACTIVE, INACTIVE, ARCHIVED",
                        },
                        ["subject"] = {
                          ["fulfilments.email.subject"] = "must be a text",
                        },
                        ["tags"] = {
                          ["fulfilments.products.tags"] = "must be a text",
                        },
                        ["templateId"] = {
                          ["fulfilments.email.templateId"] = "must be a text",
                        },
                        ["template_id"] = {
                          ["fulfilments.email.template_id"] = "must be a text",
                        },
                        ["text"] = {
                          ["fulfilments.email.text"] = "must be a text",
                        },
                        ["topic"] = {
                          ["fulfilments.topic"] = "must be a text",
                        },
                        ["type"] = {
                          ["fulfilments.type"] = "must be one of POINTS_FLAT, POINTS_PER_UNIT, ADD_TO_SEGMENT, REMOVE_FROM_SEGMENT, SEND_EMAIL, CALL_WEBHOOK, EMIT_TOPIC, VOUCHER, BASKET_DISCOUNT_PERCENT, BASKET_DISCOUNT_AMOUNT, DELIVERY_DISCOUNT_PERCENT, DELIVERY_DISCOUNT_AMOUNT, PRODUCT_DISCOUNT_PERCENT, PRODUCT_DISCOUNT_AMOUNT",
                        },
                        ["url"] = {
                          ["fulfilments.webhook.url"] = "must be a text",
                        },
                        ["vendors"] = {
                          ["fulfilments.products.vendors"] = "must be a text",
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
                          ["fields"] = {
                            ["examples"] = {
                              ["examples"] = "must be a whole number of 32 bits",
                            },
                            ["from"] = {
                              ["from"] = "must be a text",
                            },
                            ["to"] = {
                              ["to"] = "must be a text",
                            },
                          },
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
                          ["fields"] = {
                            ["id"] = {
                              ["id"] = "must be a text",
                            },
                            ["since"] = {
                              ["since"] = "must be a text",
                            },
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
                          ["fields"] = {
                            ["from"] = {
                              ["from"] = "must be a text",
                            },
                            ["id"] = {
                              ["id"] = "must be a text",
                            },
                            ["to"] = {
                              ["to"] = "must be a text",
                            },
                          },
                          ["resource"] = "ReplaySubscriptionRequest",
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
                      ["fields"] = {
                        ["contentType"] = {
                          ["contentType"] = "must be a text",
                        },
                        ["content_type"] = {
                          ["content_type"] = "must be a text",
                        },
                        ["data"] = {
                          ["data"] = "must be a text in base64",
                        },
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
                        ["fields"] = {
                          ["entityId"] = {
                            ["entityId"] = "must be a text",
                          },
                          ["entityRef"] = {
                            ["entityRef"] = "must be a text",
                          },
                          ["entitySubtype"] = {
                            ["entitySubtype"] = "must be a text",
                          },
                          ["entityType"] = {
                            ["entityType"] = "must be a text",
                          },
                          ["entity_id"] = {
                            ["entity_id"] = "must be a text",
                          },
                          ["entity_ref"] = {
                            ["entity_ref"] = "must be a text",
                          },
                          ["entity_subtype"] = {
                            ["entity_subtype"] = "must be a text",
                          },
                          ["entity_type"] = {
                            ["entity_type"] = "must be a text",
                          },
                          ["id"] = {
                            ["id"] = "must be a text",
                          },
                          ["name"] = {
                            ["name"] = "must be a text",
                          },
                          ["retailerId"] = {
                            ["retailerId"] = "must be a text",
                          },
                          ["retailer_id"] = {
                            ["retailer_id"] = "must be a text",
                          },
                          ["rootEntityId"] = {
                            ["rootEntityId"] = "must be a text",
                          },
                          ["rootEntityRef"] = {
                            ["rootEntityRef"] = "must be a text",
                          },
                          ["rootEntityType"] = {
                            ["rootEntityType"] = "must be a text",
                          },
                          ["root_entity_id"] = {
                            ["root_entity_id"] = "must be a text",
                          },
                          ["root_entity_ref"] = {
                            ["root_entity_ref"] = "must be a text",
                          },
                          ["root_entity_type"] = {
                            ["root_entity_type"] = "must be a text",
                          },
                        },
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
                        ["fields"] = {
                          ["entityId"] = {
                            ["entityId"] = "must be a text",
                          },
                          ["entityRef"] = {
                            ["entityRef"] = "must be a text",
                          },
                          ["entitySubtype"] = {
                            ["entitySubtype"] = "must be a text",
                          },
                          ["entityType"] = {
                            ["entityType"] = "must be a text",
                          },
                          ["entity_id"] = {
                            ["entity_id"] = "must be a text",
                          },
                          ["entity_ref"] = {
                            ["entity_ref"] = "must be a text",
                          },
                          ["entity_subtype"] = {
                            ["entity_subtype"] = "must be a text",
                          },
                          ["entity_type"] = {
                            ["entity_type"] = "must be a text",
                          },
                          ["id"] = {
                            ["id"] = "must be a text",
                          },
                          ["name"] = {
                            ["name"] = "must be a text",
                          },
                          ["retailerId"] = {
                            ["retailerId"] = "must be a text",
                          },
                          ["retailer_id"] = {
                            ["retailer_id"] = "must be a text",
                          },
                          ["rootEntityId"] = {
                            ["rootEntityId"] = "must be a text",
                          },
                          ["rootEntityRef"] = {
                            ["rootEntityRef"] = "must be a text",
                          },
                          ["rootEntityType"] = {
                            ["rootEntityType"] = "must be a text",
                          },
                          ["root_entity_id"] = {
                            ["root_entity_id"] = "must be a text",
                          },
                          ["root_entity_ref"] = {
                            ["root_entity_ref"] = "must be a text",
                          },
                          ["root_entity_type"] = {
                            ["root_entity_type"] = "must be a text",
                          },
                        },
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
                      ["fields"] = {
                        ["category"] = {
                          ["statuses.category"] = "must be a text",
                        },
                        ["createdBy"] = {
                          ["createdBy"] = "must be a text",
                        },
                        ["createdOn"] = {
                          ["createdOn"] = "must be a text",
                        },
                        ["created_by"] = {
                          ["created_by"] = "must be a text",
                        },
                        ["created_on"] = {
                          ["created_on"] = "must be a text",
                        },
                        ["description"] = {
                          ["description"] = "must be a text",
                          ["rulesets.description"] = "must be a text",
                        },
                        ["entitySubtype"] = {
                          ["entitySubtype"] = "must be a text",
                        },
                        ["entityType"] = {
                          ["entityType"] = "must be a text",
                          ["statuses.entityType"] = "must be a text",
                        },
                        ["entity_subtype"] = {
                          ["entity_subtype"] = "must be a text",
                        },
                        ["entity_type"] = {
                          ["entity_type"] = "must be a text",
                          ["statuses.entity_type"] = "must be a text",
                        },
                        ["isActive"] = {
                          ["isActive"] = "must be true or false",
                        },
                        ["is_active"] = {
                          ["is_active"] = "must be true or false",
                        },
                        ["name"] = {
                          ["name"] = "must be a text",
                          ["rulesets.name"] = "must be a text",
                          ["rulesets.rules.name"] = "must be a text",
                          ["statuses.name"] = "must be a text",
                        },
                        ["status"] = {
                          ["rulesets.triggers.status"] = "must be a text",
                        },
                        ["subtype"] = {
                          ["rulesets.subtype"] = "must be a text",
                        },
                        ["type"] = {
                          ["rulesets.type"] = "must be a text",
                        },
                        ["version"] = {
                          ["version"] = "must be a whole number of 32 bits",
                        },
                        ["when"] = {
                          ["rulesets.rules.when"] = "must be a text",
                        },
                      },
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
                          ["fields"] = {
                            ["createdOn"] = {
                              ["entity.createdOn"] = "must be a text",
                            },
                            ["created_on"] = {
                              ["entity.created_on"] = "must be a text",
                            },
                            ["entityId"] = {
                              ["event.entityId"] = "must be a text",
                            },
                            ["entityRef"] = {
                              ["event.entityRef"] = "must be a text",
                            },
                            ["entitySubtype"] = {
                              ["event.entitySubtype"] = "must be a text",
                            },
                            ["entityType"] = {
                              ["event.entityType"] = "must be a text",
                            },
                            ["entity_id"] = {
                              ["event.entity_id"] = "must be a text",
                            },
                            ["entity_ref"] = {
                              ["event.entity_ref"] = "must be a text",
                            },
                            ["entity_subtype"] = {
                              ["event.entity_subtype"] = "must be a text",
                            },
                            ["entity_type"] = {
                              ["event.entity_type"] = "must be a text",
                            },
                            ["id"] = {
                              ["entity.id"] = "must be a text",
                              ["entity.root.id"] = "must be a text",
                              ["event.id"] = "must be a text",
                            },
                            ["name"] = {
                              ["entity.attributes.name"] = "must be a text",
                              ["event.name"] = "must be a text",
                            },
                            ["ref"] = {
                              ["entity.ref"] = "must be a text",
                              ["entity.root.ref"] = "must be a text",
                            },
                            ["retailerId"] = {
                              ["entity.retailerId"] = "must be a text",
                              ["event.retailerId"] = "must be a text",
                            },
                            ["retailer_id"] = {
                              ["entity.retailer_id"] = "must be a text",
                              ["event.retailer_id"] = "must be a text",
                            },
                            ["rootEntityId"] = {
                              ["event.rootEntityId"] = "must be a text",
                            },
                            ["rootEntityRef"] = {
                              ["event.rootEntityRef"] = "must be a text",
                            },
                            ["rootEntityType"] = {
                              ["event.rootEntityType"] = "must be a text",
                            },
                            ["root_entity_id"] = {
                              ["event.root_entity_id"] = "must be a text",
                            },
                            ["root_entity_ref"] = {
                              ["event.root_entity_ref"] = "must be a text",
                            },
                            ["root_entity_type"] = {
                              ["event.root_entity_type"] = "must be a text",
                            },
                            ["status"] = {
                              ["entity.status"] = "must be a text",
                            },
                            ["subtype"] = {
                              ["entity.subtype"] = "must be a text",
                            },
                            ["type"] = {
                              ["entity.attributes.type"] = "must be a text",
                              ["entity.root.type"] = "must be a text",
                              ["entity.type"] = "must be a text",
                            },
                            ["updatedOn"] = {
                              ["entity.updatedOn"] = "must be a text",
                            },
                            ["updated_on"] = {
                              ["entity.updated_on"] = "must be a text",
                            },
                            ["version"] = {
                              ["version"] = "must be a whole number of 32 bits",
                            },
                          },
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
                          ["fields"] = {
                            ["category"] = {
                              ["statuses.category"] = "must be a text",
                            },
                            ["createdBy"] = {
                              ["createdBy"] = "must be a text",
                            },
                            ["createdOn"] = {
                              ["createdOn"] = "must be a text",
                            },
                            ["created_by"] = {
                              ["created_by"] = "must be a text",
                            },
                            ["created_on"] = {
                              ["created_on"] = "must be a text",
                            },
                            ["description"] = {
                              ["description"] = "must be a text",
                              ["rulesets.description"] = "must be a text",
                            },
                            ["entitySubtype"] = {
                              ["entitySubtype"] = "must be a text",
                            },
                            ["entityType"] = {
                              ["entityType"] = "must be a text",
                              ["statuses.entityType"] = "must be a text",
                            },
                            ["entity_subtype"] = {
                              ["entity_subtype"] = "must be a text",
                            },
                            ["entity_type"] = {
                              ["entity_type"] = "must be a text",
                              ["statuses.entity_type"] = "must be a text",
                            },
                            ["isActive"] = {
                              ["isActive"] = "must be true or false",
                            },
                            ["is_active"] = {
                              ["is_active"] = "must be true or false",
                            },
                            ["name"] = {
                              ["name"] = "must be a text",
                              ["rulesets.name"] = "must be a text",
                              ["rulesets.rules.name"] = "must be a text",
                              ["statuses.name"] = "must be a text",
                            },
                            ["status"] = {
                              ["rulesets.triggers.status"] = "must be a text",
                            },
                            ["subtype"] = {
                              ["rulesets.subtype"] = "must be a text",
                            },
                            ["type"] = {
                              ["rulesets.type"] = "must be a text",
                            },
                            ["version"] = {
                              ["version"] = "must be a whole number of 32 bits",
                            },
                            ["when"] = {
                              ["rulesets.rules.when"] = "must be a text",
                            },
                          },
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
                              ["fields"] = {
                                ["contentType"] = {
                                  ["contentType"] = "must be a text",
                                },
                                ["content_type"] = {
                                  ["content_type"] = "must be a text",
                                },
                                ["data"] = {
                                  ["data"] = "must be a text in base64",
                                },
                              },
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
                    ["fields"] = {
                      ["apiVersion"] = {
                        ["apiVersion"] = "must be a text",
                      },
                      ["api_version"] = {
                        ["api_version"] = "must be a text",
                      },
                      ["appId"] = {
                        ["appId"] = "must be a text",
                      },
                      ["app_id"] = {
                        ["app_id"] = "must be a text",
                      },
                      ["condition"] = {
                        ["condition"] = "must be a text",
                      },
                      ["confirmed"] = {
                        ["confirmed"] = "must be true or false",
                      },
                      ["contentType"] = {
                        ["contentType"] = "must be a text",
                      },
                      ["content_type"] = {
                        ["content_type"] = "must be a text",
                      },
                      ["createBy"] = {
                        ["createBy"] = "must be a text",
                        ["subscribingTenants.auditInfo.createBy"] = "must be a text",
                        ["subscribingTenants.audit_info.createBy"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.createBy"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                        ["subscribing_tenants.auditInfo.createBy"] = "must be a text",
                        ["subscribing_tenants.audit_info.createBy"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.createBy"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                      },
                      ["createDate"] = {
                        ["createDate"] = "must be a text",
                        ["subscribingTenants.auditInfo.createDate"] = "must be a text",
                        ["subscribingTenants.audit_info.createDate"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.createDate"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                        ["subscribing_tenants.auditInfo.createDate"] = "must be a text",
                        ["subscribing_tenants.audit_info.createDate"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.createDate"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                      },
                      ["create_by"] = {
                        ["create_by"] = "must be a text",
                        ["subscribingTenants.auditInfo.create_by"] = "must be a text",
                        ["subscribingTenants.audit_info.create_by"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.create_by"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                        ["subscribing_tenants.auditInfo.create_by"] = "must be a text",
                        ["subscribing_tenants.audit_info.create_by"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.create_by"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                      },
                      ["create_date"] = {
                        ["create_date"] = "must be a text",
                        ["subscribingTenants.auditInfo.create_date"] = "must be a text",
                        ["subscribingTenants.audit_info.create_date"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.create_date"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                        ["subscribing_tenants.auditInfo.create_date"] = "must be a text",
                        ["subscribing_tenants.audit_info.create_date"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.create_date"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                      },
                      ["endpoint"] = {
                        ["endpoint"] = "must be a text",
                      },
                      ["failingSince"] = {
                        ["failingSince"] = "must be a text",
                      },
                      ["failing_since"] = {
                        ["failing_since"] = "must be a text",
                      },
                      ["id"] = {
                        ["id"] = "must be a text",
                      },
                      ["inactiveReason"] = {
                        ["inactiveReason"] = "must be a text",
                      },
                      ["inactive_reason"] = {
                        ["inactive_reason"] = "must be a text",
                      },
                      ["isActive"] = {
                        ["isActive"] = "must be true or false",
                        ["subscribingTenants.isActive"] = "must be true or false",
                        ["subscribingTenants.subscribingSites.isActive"] = "must be true or false",
                        ["subscribingTenants.subscribing_sites.isActive"] = "must be true or false",
                        ["subscribing_tenants.isActive"] = "must be true or false",
                        ["subscribing_tenants.subscribingSites.isActive"] = "must be true or false",
                        ["subscribing_tenants.subscribing_sites.isActive"] = "must be true or false",
                      },
                      ["is_active"] = {
                        ["is_active"] = "must be true or false",
                        ["subscribingTenants.is_active"] = "must be true or false",
                        ["subscribingTenants.subscribingSites.is_active"] = "must be true or false",
                        ["subscribingTenants.subscribing_sites.is_active"] = "must be true or false",
                        ["subscribing_tenants.is_active"] = "must be true or false",
                        ["subscribing_tenants.subscribingSites.is_active"] = "must be true or false",
                        ["subscribing_tenants.subscribing_sites.is_active"] = "must be true or false",
                      },
                      ["lastConditionError"] = {
                        ["lastConditionError"] = "must be a text",
                      },
                      ["last_condition_error"] = {
                        ["last_condition_error"] = "must be a text",
                      },
                      ["maxConcurrency"] = {
                        ["maxConcurrency"] = "must be a whole number of 32 bits",
                      },
                      ["maxPerSecond"] = {
                        ["maxPerSecond"] = "must be a whole number of 32 bits",
                      },
                      ["max_concurrency"] = {
                        ["max_concurrency"] = "must be a whole number of 32 bits",
                      },
                      ["max_per_second"] = {
                        ["max_per_second"] = "must be a whole number of 32 bits",
                      },
                      ["noCallback"] = {
                        ["noCallback"] = "must be true or false",
                      },
                      ["no_callback"] = {
                        ["no_callback"] = "must be true or false",
                      },
                      ["notificationDeliveryType"] = {
                        ["notificationDeliveryType"] = "must be a text",
                      },
                      ["notification_delivery_type"] = {
                        ["notification_delivery_type"] = "must be a text",
                      },
                      ["ordered"] = {
                        ["ordered"] = "must be true or false",
                      },
                      ["pauseReason"] = {
                        ["pauseReason"] = "must be a text",
                      },
                      ["pause_reason"] = {
                        ["pause_reason"] = "must be a text",
                      },
                      ["pausedUntil"] = {
                        ["pausedUntil"] = "must be a text",
                      },
                      ["paused_until"] = {
                        ["paused_until"] = "must be a text",
                      },
                      ["sharedSecret"] = {
                        ["sharedSecret"] = "must be a text",
                      },
                      ["shared_secret"] = {
                        ["shared_secret"] = "must be a text",
                      },
                      ["signingSecret"] = {
                        ["signingSecret"] = "must be a text",
                      },
                      ["signing_secret"] = {
                        ["signing_secret"] = "must be a text",
                      },
                      ["siteId"] = {
                        ["subscribingTenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                        ["subscribingTenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                        ["subscribing_tenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                        ["subscribing_tenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                      },
                      ["site_id"] = {
                        ["subscribingTenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                        ["subscribingTenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                        ["subscribing_tenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                        ["subscribing_tenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                      },
                      ["startFrom"] = {
                        ["startFrom"] = "must be a text",
                      },
                      ["start_from"] = {
                        ["start_from"] = "must be a text",
                      },
                      ["subscribingContextLevelType"] = {
                        ["subscribingTenants.subscribingContextLevelType"] = "must be a text",
                        ["subscribing_tenants.subscribingContextLevelType"] = "must be a text",
                      },
                      ["subscribing_context_level_type"] = {
                        ["subscribingTenants.subscribing_context_level_type"] = "must be a text",
                        ["subscribing_tenants.subscribing_context_level_type"] = "must be a text",
                      },
                      ["tenantId"] = {
                        ["subscribingTenants.tenantId"] = "must be a whole number of 32 bits",
                        ["subscribing_tenants.tenantId"] = "must be a whole number of 32 bits",
                      },
                      ["tenant_id"] = {
                        ["subscribingTenants.tenant_id"] = "must be a whole number of 32 bits",
                        ["subscribing_tenants.tenant_id"] = "must be a whole number of 32 bits",
                      },
                      ["topics"] = {
                        ["topics"] = "must be a text",
                      },
                      ["updateBy"] = {
                        ["subscribingTenants.auditInfo.updateBy"] = "must be a text",
                        ["subscribingTenants.audit_info.updateBy"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                        ["subscribing_tenants.auditInfo.updateBy"] = "must be a text",
                        ["subscribing_tenants.audit_info.updateBy"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                        ["updateBy"] = "must be a text",
                      },
                      ["updateDate"] = {
                        ["subscribingTenants.auditInfo.updateDate"] = "must be a text",
                        ["subscribingTenants.audit_info.updateDate"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                        ["subscribing_tenants.auditInfo.updateDate"] = "must be a text",
                        ["subscribing_tenants.audit_info.updateDate"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                        ["updateDate"] = "must be a text",
                      },
                      ["update_by"] = {
                        ["subscribingTenants.auditInfo.update_by"] = "must be a text",
                        ["subscribingTenants.audit_info.update_by"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.update_by"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                        ["subscribing_tenants.auditInfo.update_by"] = "must be a text",
                        ["subscribing_tenants.audit_info.update_by"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.update_by"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                        ["update_by"] = "must be a text",
                      },
                      ["update_date"] = {
                        ["subscribingTenants.auditInfo.update_date"] = "must be a text",
                        ["subscribingTenants.audit_info.update_date"] = "must be a text",
                        ["subscribingTenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                        ["subscribingTenants.subscribingSites.audit_info.update_date"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                        ["subscribingTenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                        ["subscribing_tenants.auditInfo.update_date"] = "must be a text",
                        ["subscribing_tenants.audit_info.update_date"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                        ["subscribing_tenants.subscribingSites.audit_info.update_date"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                        ["subscribing_tenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                        ["update_date"] = "must be a text",
                      },
                    },
                    ["resource"] = "subscription",
                    ["spelling"] = {
                      ["api_version"] = "apiVersion",
                      ["app_id"] = "appId",
                      ["audit_info"] = "auditInfo",
                      ["content_type"] = "contentType",
                      ["create_by"] = "createBy",
                      ["create_date"] = "createDate",
                      ["failing_since"] = "failingSince",
                      ["inactive_reason"] = "inactiveReason",
                      ["is_active"] = "isActive",
                      ["last_condition_error"] = "lastConditionError",
                      ["max_concurrency"] = "maxConcurrency",
                      ["max_per_second"] = "maxPerSecond",
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
                      ["fields"] = {
                        ["apiVersion"] = {
                          ["apiVersion"] = "must be a text",
                        },
                        ["api_version"] = {
                          ["api_version"] = "must be a text",
                        },
                        ["appId"] = {
                          ["appId"] = "must be a text",
                        },
                        ["app_id"] = {
                          ["app_id"] = "must be a text",
                        },
                        ["condition"] = {
                          ["condition"] = "must be a text",
                        },
                        ["confirmed"] = {
                          ["confirmed"] = "must be true or false",
                        },
                        ["contentType"] = {
                          ["contentType"] = "must be a text",
                        },
                        ["content_type"] = {
                          ["content_type"] = "must be a text",
                        },
                        ["createBy"] = {
                          ["createBy"] = "must be a text",
                          ["subscribingTenants.auditInfo.createBy"] = "must be a text",
                          ["subscribingTenants.audit_info.createBy"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.createBy"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                          ["subscribing_tenants.auditInfo.createBy"] = "must be a text",
                          ["subscribing_tenants.audit_info.createBy"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.createBy"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.createBy"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.createBy"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.createBy"] = "must be a text",
                        },
                        ["createDate"] = {
                          ["createDate"] = "must be a text",
                          ["subscribingTenants.auditInfo.createDate"] = "must be a text",
                          ["subscribingTenants.audit_info.createDate"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.createDate"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                          ["subscribing_tenants.auditInfo.createDate"] = "must be a text",
                          ["subscribing_tenants.audit_info.createDate"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.createDate"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.createDate"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.createDate"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.createDate"] = "must be a text",
                        },
                        ["create_by"] = {
                          ["create_by"] = "must be a text",
                          ["subscribingTenants.auditInfo.create_by"] = "must be a text",
                          ["subscribingTenants.audit_info.create_by"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.create_by"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                          ["subscribing_tenants.auditInfo.create_by"] = "must be a text",
                          ["subscribing_tenants.audit_info.create_by"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.create_by"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.create_by"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.create_by"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.create_by"] = "must be a text",
                        },
                        ["create_date"] = {
                          ["create_date"] = "must be a text",
                          ["subscribingTenants.auditInfo.create_date"] = "must be a text",
                          ["subscribingTenants.audit_info.create_date"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.create_date"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                          ["subscribing_tenants.auditInfo.create_date"] = "must be a text",
                          ["subscribing_tenants.audit_info.create_date"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.create_date"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.create_date"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.create_date"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.create_date"] = "must be a text",
                        },
                        ["endpoint"] = {
                          ["endpoint"] = "must be a text",
                        },
                        ["failingSince"] = {
                          ["failingSince"] = "must be a text",
                        },
                        ["failing_since"] = {
                          ["failing_since"] = "must be a text",
                        },
                        ["id"] = {
                          ["id"] = "must be a text",
                        },
                        ["inactiveReason"] = {
                          ["inactiveReason"] = "must be a text",
                        },
                        ["inactive_reason"] = {
                          ["inactive_reason"] = "must be a text",
                        },
                        ["isActive"] = {
                          ["isActive"] = "must be true or false",
                          ["subscribingTenants.isActive"] = "must be true or false",
                          ["subscribingTenants.subscribingSites.isActive"] = "must be true or false",
                          ["subscribingTenants.subscribing_sites.isActive"] = "must be true or false",
                          ["subscribing_tenants.isActive"] = "must be true or false",
                          ["subscribing_tenants.subscribingSites.isActive"] = "must be true or false",
                          ["subscribing_tenants.subscribing_sites.isActive"] = "must be true or false",
                        },
                        ["is_active"] = {
                          ["is_active"] = "must be true or false",
                          ["subscribingTenants.is_active"] = "must be true or false",
                          ["subscribingTenants.subscribingSites.is_active"] = "must be true or false",
                          ["subscribingTenants.subscribing_sites.is_active"] = "must be true or false",
                          ["subscribing_tenants.is_active"] = "must be true or false",
                          ["subscribing_tenants.subscribingSites.is_active"] = "must be true or false",
                          ["subscribing_tenants.subscribing_sites.is_active"] = "must be true or false",
                        },
                        ["lastConditionError"] = {
                          ["lastConditionError"] = "must be a text",
                        },
                        ["last_condition_error"] = {
                          ["last_condition_error"] = "must be a text",
                        },
                        ["maxConcurrency"] = {
                          ["maxConcurrency"] = "must be a whole number of 32 bits",
                        },
                        ["maxPerSecond"] = {
                          ["maxPerSecond"] = "must be a whole number of 32 bits",
                        },
                        ["max_concurrency"] = {
                          ["max_concurrency"] = "must be a whole number of 32 bits",
                        },
                        ["max_per_second"] = {
                          ["max_per_second"] = "must be a whole number of 32 bits",
                        },
                        ["noCallback"] = {
                          ["noCallback"] = "must be true or false",
                        },
                        ["no_callback"] = {
                          ["no_callback"] = "must be true or false",
                        },
                        ["notificationDeliveryType"] = {
                          ["notificationDeliveryType"] = "must be a text",
                        },
                        ["notification_delivery_type"] = {
                          ["notification_delivery_type"] = "must be a text",
                        },
                        ["ordered"] = {
                          ["ordered"] = "must be true or false",
                        },
                        ["pauseReason"] = {
                          ["pauseReason"] = "must be a text",
                        },
                        ["pause_reason"] = {
                          ["pause_reason"] = "must be a text",
                        },
                        ["pausedUntil"] = {
                          ["pausedUntil"] = "must be a text",
                        },
                        ["paused_until"] = {
                          ["paused_until"] = "must be a text",
                        },
                        ["sharedSecret"] = {
                          ["sharedSecret"] = "must be a text",
                        },
                        ["shared_secret"] = {
                          ["shared_secret"] = "must be a text",
                        },
                        ["signingSecret"] = {
                          ["signingSecret"] = "must be a text",
                        },
                        ["signing_secret"] = {
                          ["signing_secret"] = "must be a text",
                        },
                        ["siteId"] = {
                          ["subscribingTenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                          ["subscribingTenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                          ["subscribing_tenants.subscribingSites.siteId"] = "must be a whole number of 32 bits",
                          ["subscribing_tenants.subscribing_sites.siteId"] = "must be a whole number of 32 bits",
                        },
                        ["site_id"] = {
                          ["subscribingTenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                          ["subscribingTenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                          ["subscribing_tenants.subscribingSites.site_id"] = "must be a whole number of 32 bits",
                          ["subscribing_tenants.subscribing_sites.site_id"] = "must be a whole number of 32 bits",
                        },
                        ["startFrom"] = {
                          ["startFrom"] = "must be a text",
                        },
                        ["start_from"] = {
                          ["start_from"] = "must be a text",
                        },
                        ["subscribingContextLevelType"] = {
                          ["subscribingTenants.subscribingContextLevelType"] = "must be a text",
                          ["subscribing_tenants.subscribingContextLevelType"] = "must be a text",
                        },
                        ["subscribing_context_level_type"] = {
                          ["subscribingTenants.subscribing_context_level_type"] = "must be a text",
                          ["subscribing_tenants.subscribing_context_level_type"] = "must be a text",
                        },
                        ["tenantId"] = {
                          ["subscribingTenants.tenantId"] = "must be a whole number of 32 bits",
                          ["subscribing_tenants.tenantId"] = "must be a whole number of 32 bits",
                        },
                        ["tenant_id"] = {
                          ["subscribingTenants.tenant_id"] = "must be a whole number of 32 bits",
                          ["subscribing_tenants.tenant_id"] = "must be a whole number of 32 bits",
                        },
                        ["topics"] = {
                          ["topics"] = "must be a text",
                        },
                        ["updateBy"] = {
                          ["subscribingTenants.auditInfo.updateBy"] = "must be a text",
                          ["subscribingTenants.audit_info.updateBy"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                          ["subscribing_tenants.auditInfo.updateBy"] = "must be a text",
                          ["subscribing_tenants.audit_info.updateBy"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.updateBy"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.updateBy"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.updateBy"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.updateBy"] = "must be a text",
                          ["updateBy"] = "must be a text",
                        },
                        ["updateDate"] = {
                          ["subscribingTenants.auditInfo.updateDate"] = "must be a text",
                          ["subscribingTenants.audit_info.updateDate"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                          ["subscribing_tenants.auditInfo.updateDate"] = "must be a text",
                          ["subscribing_tenants.audit_info.updateDate"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.updateDate"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.updateDate"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.updateDate"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.updateDate"] = "must be a text",
                          ["updateDate"] = "must be a text",
                        },
                        ["update_by"] = {
                          ["subscribingTenants.auditInfo.update_by"] = "must be a text",
                          ["subscribingTenants.audit_info.update_by"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.update_by"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                          ["subscribing_tenants.auditInfo.update_by"] = "must be a text",
                          ["subscribing_tenants.audit_info.update_by"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.update_by"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.update_by"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.update_by"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.update_by"] = "must be a text",
                          ["update_by"] = "must be a text",
                        },
                        ["update_date"] = {
                          ["subscribingTenants.auditInfo.update_date"] = "must be a text",
                          ["subscribingTenants.audit_info.update_date"] = "must be a text",
                          ["subscribingTenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                          ["subscribingTenants.subscribingSites.audit_info.update_date"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                          ["subscribingTenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                          ["subscribing_tenants.auditInfo.update_date"] = "must be a text",
                          ["subscribing_tenants.audit_info.update_date"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.auditInfo.update_date"] = "must be a text",
                          ["subscribing_tenants.subscribingSites.audit_info.update_date"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.auditInfo.update_date"] = "must be a text",
                          ["subscribing_tenants.subscribing_sites.audit_info.update_date"] = "must be a text",
                          ["update_date"] = "must be a text",
                        },
                      },
                      ["resource"] = "subscription",
                      ["spelling"] = {
                        ["api_version"] = "apiVersion",
                        ["app_id"] = "appId",
                        ["audit_info"] = "auditInfo",
                        ["content_type"] = "contentType",
                        ["create_by"] = "createBy",
                        ["create_date"] = "createDate",
                        ["failing_since"] = "failingSince",
                        ["inactive_reason"] = "inactiveReason",
                        ["is_active"] = "isActive",
                        ["last_condition_error"] = "lastConditionError",
                        ["max_concurrency"] = "maxConcurrency",
                        ["max_per_second"] = "maxPerSecond",
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
                ["fields"] = {
                  ["contentType"] = {
                    ["contentType"] = "must be a text",
                  },
                  ["content_type"] = {
                    ["content_type"] = "must be a text",
                  },
                  ["data"] = {
                    ["data"] = "must be a text in base64",
                  },
                },
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
                    ["fields"] = {
                      ["password"] = {
                        ["password"] = "must be a text",
                      },
                      ["username"] = {
                        ["username"] = "must be a text",
                      },
                    },
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
                ["error_code"] = 907002,
                ["fields"] = {
                  ["actionType"] = {
                    ["actionType"] = "must be one of SEND_EMAIL, BEST_BEFORE_EMAIL, UNDELIVERED_ORDER_EMAIL",
                  },
                  ["action_type"] = {
                    ["action_type"] = "must be one of SEND_EMAIL, BEST_BEFORE_EMAIL, UNDELIVERED_ORDER_EMAIL",
                  },
                  ["createdBy"] = {
                    ["createdBy"] = "must be a whole number of 32 bits",
                  },
                  ["createdName"] = {
                    ["createdName"] = "must be a text",
                  },
                  ["created_by"] = {
                    ["created_by"] = "must be a whole number of 32 bits",
                  },
                  ["created_name"] = {
                    ["created_name"] = "must be a text",
                  },
                  ["id"] = {
                    ["id"] = "must be a whole number of 32 bits",
                  },
                  ["triggerType"] = {
                    ["triggerType"] = "must be one of TIME, EVENT",
                  },
                  ["trigger_type"] = {
                    ["trigger_type"] = "must be one of TIME, EVENT",
                  },
                },
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
