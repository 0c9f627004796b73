"""The part of a job that says which model it asks, and what that model is told first."""

from __future__ import annotations

from statek_jupyter.executors.job_def import JobDef
from statek_jupyter.executors.job_origin import JobOrigin
from statek_jupyter.executors.model_choice import ModelChoice, TaskDifficulty


class AsksModel:
    """Mixed into `Job`."""

    job_def: JobDef
    origin: JobOrigin
    difficulty: TaskDifficulty | None = None
    """The highest difficulty met so far; None for the definition's default."""

    @property
    def model_choice(self) -> ModelChoice:
        """The model for each difficulty."""
        return self.job_def.model_choice if self.origin.model is None else ModelChoice.parse(self.origin.model)

    @property
    def model(self) -> str | None:
        """The model's name, or ``L:a,M:b,H:c`` when the difficulties have different ones."""
        return self.model_choice.text

    @property
    def model_family(self) -> str | None:
        """The family of the model; None when it has none or the models of a mapping differ in it."""
        return self.model_choice.family

    @property
    def current_difficulty(self) -> TaskDifficulty:
        """How hard the work is taken to be; never goes down."""
        return self.difficulty or self.job_def.default_difficulty

    def panic(self) -> TaskDifficulty:
        """Go one difficulty up.

        Raises:
            RuntimeError: It is high already.
        """
        higher = self.current_difficulty.next_higher
        if higher is None:
            raise RuntimeError("the difficulty is high already")
        self.difficulty = higher
        return higher

    def concrete_model(self, difficulty: TaskDifficulty | str | None = None) -> str:
        """The one model to ask now, or at `difficulty`."""
        return self.model_choice.name_for(self._difficulty(difficulty)).text

    def _difficulty(self, wanted: TaskDifficulty | str | None) -> TaskDifficulty:
        return TaskDifficulty.parse(wanted) if isinstance(wanted, str) else wanted or self.current_difficulty

    def system_prompt(self, difficulty: TaskDifficulty | str | None = None) -> str:
        """The agent's prompt for this job: sections for the difficulty, placeholders filled from the job's params."""
        return self.job_def.agent.format_prompt(self._difficulty(difficulty), self.job_def.job_params)
