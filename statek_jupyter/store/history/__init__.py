"""Any turn of a job: looked at, compared with another one, continued from."""
