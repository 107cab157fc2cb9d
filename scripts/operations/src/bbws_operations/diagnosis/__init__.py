"""Runbook §10 as questions to the account: each module is one of its issues. Nothing here changes anything."""
