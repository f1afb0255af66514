"""Every area's tables, so that the two metadata of `storage.tables` are complete once this is imported."""
