"""SQL of workflows, entities, outcomes and the workflow search projection."""
