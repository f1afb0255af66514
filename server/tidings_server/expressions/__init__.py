"""CEL expressions: compiling, cost limits, conditions."""
