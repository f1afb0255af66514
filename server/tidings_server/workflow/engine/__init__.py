"""The workflow engine: one event on one version of a workflow, without side effects."""
