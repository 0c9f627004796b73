"""Every error of statek_jupyter, one tree.

::

    StatekError
    ├── JobCodeError                the job's own code
    │   ├── FutureError               a value is not ready yet: the job waits
    │   ├── DivergenceError           a statement ran again and did something else
    │   ├── CallFailedError           a person says that a call failed
    │   ├── WaitedJobError            a job that was waited for gave no result
    │   ├── StatementTimeoutError     a statement ran longer than allowed
    │   ├── LostValueError            a variable could not be kept across a restart
    │   ├── NotDurableError           a value cannot be stored
    │   └── SubTaskLimitError         a job may start no more subtasks
    ├── JobEndedError               why a job ended before it was finished
    │   ├── JobStoppedError           somebody stopped it
    │   └── LimitReachedError         max_turns or the budget is used up
    ├── UserError                   what was asked for cannot be done as asked
    │   ├── MissingModelError         no MODEL in the metadata          (also ValueError)
    │   ├── BadModelError             MODEL cannot be read              (also ValueError)
    │   ├── UnknownModelError         no such model is registered       (also LookupError)
    │   ├── MissingKeyError           the provider's key is not set
    │   ├── UnknownJobError           no such job in the store          (also KeyError)
    │   ├── UnknownAgentError         no such agent in the store        (also KeyError)
    │   ├── UnknownTurnError          the job has no such turn          (also IndexError)
    │   ├── UnknownVariableError      the job has no such variable      (also KeyError)
    │   ├── ValueNotShownError        a variable cannot be looked into  (also RuntimeError)
    │   ├── UnknownEntryError         the job has no such entry or output (also IndexError)
    │   ├── BadOptionError            an option or argument is wrong    (also ValueError)
    │   ├── WarmupSyntaxError         warmup code does not compile      (also SyntaxError)
    │   ├── StoreLocationError        this is no place for a store      (also ValueError)
    │   ├── EventCompletedError       an event is completed once        (also RuntimeError)
    │   └── JobStateError             the job's status does not allow it (also RuntimeError)
    └── WorldError                  us, or the world
        ├── StoreError
        │   ├── StoreVersionError     written by another format version
        │   ├── StoreDamagedError     cannot be read as a store
        │   ├── StoreLockedError      another process holds it alone
        │   ├── StoreReadOnlyError    opened, or lying, where nothing can be written
        │   ├── StoreFullError        no room on the disk; nothing was lost
        │   ├── StoreBusyError        somebody else changed the same objects
        │   ├── StoreClosedError      used after close()
        │   ├── ForkedStoreError      used in a forked child
        │   └── LeaseLostError        another worker runs this job now
        └── ModelError              a model request failed; see ``kind``

Errors take their values as arguments and build the text in ``__str__``, so they survive pickling. The text says what
happened, with the value, and then what to do. `CodeInterrupted` stands beside the tree: a BaseException that unwinds
job code.
"""

from statek_jupyter.errors.base import StatekError
from statek_jupyter.errors.interruption import CodeInterrupted
from statek_jupyter.errors.job_code import (
    CallFailedError,
    DivergenceError,
    FutureError,
    JobCodeError,
    JobEndedError,
    JobStoppedError,
    LimitReachedError,
    LostValueError,
    NotDurableError,
    StatementTimeoutError,
    SubTaskLimitError,
    WaitedJobError,
)
from statek_jupyter.errors.user import (
    BadModelError,
    BadOptionError,
    EventCompletedError,
    JobStateError,
    MissingKeyError,
    MissingModelError,
    StoreLocationError,
    UnknownAgentError,
    UnknownEntryError,
    UnknownJobError,
    UnknownModelError,
    UnknownTurnError,
    UnknownVariableError,
    UserError,
    ValueNotShownError,
    WarmupSyntaxError,
)
from statek_jupyter.errors.world import (
    ForkedStoreError,
    LeaseLostError,
    ModelError,
    ModelErrorKind,
    StoreBusyError,
    StoreClosedError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreVersionError,
    WorldError,
)

__all__ = [
    "BadModelError",
    "BadOptionError",
    "CallFailedError",
    "CodeInterrupted",
    "DivergenceError",
    "EventCompletedError",
    "ForkedStoreError",
    "FutureError",
    "JobCodeError",
    "JobEndedError",
    "JobStateError",
    "JobStoppedError",
    "LeaseLostError",
    "LimitReachedError",
    "LostValueError",
    "MissingKeyError",
    "MissingModelError",
    "ModelError",
    "ModelErrorKind",
    "NotDurableError",
    "StatekError",
    "StatementTimeoutError",
    "StoreBusyError",
    "StoreClosedError",
    "StoreDamagedError",
    "StoreError",
    "StoreFullError",
    "StoreLocationError",
    "StoreLockedError",
    "StoreReadOnlyError",
    "StoreVersionError",
    "SubTaskLimitError",
    "UnknownAgentError",
    "UnknownEntryError",
    "UnknownJobError",
    "UnknownModelError",
    "UnknownTurnError",
    "UnknownVariableError",
    "UserError",
    "ValueNotShownError",
    "WaitedJobError",
    "WarmupSyntaxError",
    "WorldError",
]
