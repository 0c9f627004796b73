"""The reference's examples, word for word but for the package's name. `agent` is what the reader has at that point."""

JOB_DEF = """
from statek_jupyter.executors.job import JobDef
job_def = JobDef(
agent=agent,
metadata={"MODEL": "openai/gpt-5-mini"},
warmup_code='print("ready")',
)
"""

JOB = """
from statek_jupyter.executors.job import Job, JobStatus
job = Job(job_def=job_def, job_status=JobStatus.READY)
job.add_locals(customer_id="C-123")
print(job.status)
print(job.py_env.local_state["customer_id"])
"""
