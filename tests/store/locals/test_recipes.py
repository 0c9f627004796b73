"""`register_recipe`: how people say what is stored of a type that has no stored form of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from statek_jupyter.store.locals import NotKept, Tombstone, recipes, register_recipe
from tests.store.locals.conftest import Job

Check = Callable[[str], None]


class Client:
    """A value that cannot be pickled."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __reduce__(self) -> str:
        raise TypeError("a client has no stored form")


def save(client: Client) -> str:
    """What is stored."""
    if not client.url:
        raise NotKept("a client without an address")
    return client.url


@pytest.fixture(autouse=True)
def forget_recipes() -> Iterator[None]:
    """Leave no recipe of these tests behind."""
    yield
    recipes._recipes.pop(Client, None)


def test_a_value_is_saved_and_loaded_by_its_recipe(job: Job) -> None:
    """One object under two names is made once; what else the variables hold is not affected."""
    register_recipe(Client, save, Client)
    job.workspace.namespace.update(one=Client("http://a"), Client=Client)
    job.do("two = {'client': one}")
    job.restart()
    job.check("assert type(one) is Client and one.url == 'http://a' and two['client'] is one")


def test_what_a_recipe_refuses_is_lost_with_its_reason(job: Job) -> None:
    """`NotKept` is told as it is; the value stays alive."""
    register_recipe(Client, save, Client)
    job.workspace.namespace.update(good=Client("http://a"), bad=Client(""))
    change = job.do("good, bad")
    assert [(lost.name, lost.reason) for lost in change.lost] == [("bad", "a client without an address")]
    job.restart()
    assert isinstance(job.workspace.namespace["bad"], Tombstone)


@pytest.mark.parametrize("error", [OSError("boom"), RecursionError("deep"), SystemExit(3)])
def test_a_recipe_that_raises_costs_this_value_alone(error: BaseException, job: Job) -> None:
    """Whatever `save` raises is the reason; the rest of the container is stored."""

    def refuse(client: Client) -> str:
        raise error

    register_recipe(Client, refuse, Client)
    job.workspace.namespace["client"] = Client("x")
    change = job.do("data = [1, client]; del client")
    assert [(lost.path, lost.reason) for lost in change.lost] == [("data[1]", f"{type(error).__name__}: {error}")]
    job.restart()
    job.check("assert data[0] == 1")


def test_a_load_that_raises_is_told_when_the_value_is_used(job: Job, elsewhere: Check) -> None:
    """Other variables are there."""
    register_recipe(Client, lambda client: client.url, lambda url: 1 / 0)
    job.workspace.namespace["client"] = Client("x")
    job.do("other = 1, client\ndel other\nkept = [2]")
    elsewhere(
        "from statek_jupyter.errors import LostValueError\nassert kept == [2]\n"
        "try: client.url\nexcept LostValueError as error: assert 'ZeroDivisionError' in str(error), error\n"
        "else: raise AssertionError"
    )


def test_a_process_that_does_not_know_the_recipe_loads_the_value(job: Job, elsewhere: Check) -> None:
    """`load` is stored with the value, also when it is a lambda."""
    register_recipe(Client, lambda client: {"url": client.url}, lambda saved: saved["url"].upper())
    job.workspace.namespace["client"] = Client("abc")
    job.do("client")
    elsewhere("assert client == 'ABC'")


def test_subclasses_have_no_part_in_a_recipe(job: Job) -> None:
    """They may hold more than it knows of."""

    class Special(Client):
        pass

    register_recipe(Client, save, Client)
    job.workspace.namespace["client"] = Special("x")
    assert job.do("client").lost[0].reason == "TypeError: a client has no stored form"


def test_what_is_saved_may_be_the_job_s_own(job: Job, elsewhere: Check) -> None:
    """Functions and instances of the job's classes, shared with its other variables."""
    register_recipe(Client, lambda client: client.url, lambda url: ("made of", url))
    job.workspace.namespace["Client"] = Client
    job.do("class A: pass\na = A()\nclient = Client(a)")
    elsewhere("assert client[0] == 'made of' and client[1] is a")
