"""The gate on servers of a lab: what it decides there is what it decides on a database of one's own."""

import threading

import pytest

from lab_users import experiment_of, make_user, permit
from nanosieve import Host
from nanosieve_registry.cache import Cache
from nanosieve_registry.errors import PromotionError, RegistryError
from nanosieve_registry.gate import promoting
from nanosieve_registry.gate.decisions import history
from nanosieve_registry.gate.evaluation_sets import read_set, register_set
from nanosieve_registry.gate.promoting import champion_of, promote, retire, rollback
from nanosieve_registry.gate.verdict import FEWEST_IMAGES
from nanosieve_registry.registry import Registry
from nanosieve_registry.rights import grant
from registered import LARGE, threshold_bundle, write_discs

HOST = Host()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    return write_discs(tmp_path_factory.mktemp("pictures"), 12)


@pytest.fixture
def gated(lab, act, tmp_path, pictures, request):
    """As a curator: version 1 misses small particles and is champion, 2 and 3 find them; name and registry."""
    name = request.node.originalname.removeprefix("test_")[:40]
    admin, user = act("admin"), f"curator_of_{name}"
    make_user(lab, user)
    grant(admin, user, "curator", name)
    registry = act(user)
    registry.publish(threshold_bundle(tmp_path / "coarse", min_area_px=LARGE), name, alias="champion")
    registry.publish(threshold_bundle(tmp_path / "fine"), name)
    registry.publish(threshold_bundle(tmp_path / "same", min_area_px=29), name)
    register_set(registry, name, read_set(pictures, "test", HOST)[0])
    return name, registry


def test_better_is_promoted_worse_and_ties_are_refused_and_rollback_restores_the_version(gated):
    name, registry = gated
    first = registry.versions(name)[0]
    decision = promote(registry, name, 2, HOST)
    assert (decision.before, decision.after) == (1, 2)
    assert decision.figures["differences"][0]["low"] > 0
    for number, said in ((1, "is worse than"), (3, "not surely better than")):
        with pytest.raises(PromotionError, match=said):
            promote(registry, name, number, HOST)
    assert champion_of(registry, name).version == 2
    assert history(registry, name) == [decision]
    rollback(registry, name, "only to see it")
    champion = champion_of(registry, name)
    assert (champion.version, champion.digest, champion.content) == (1, first.digest, first.content)
    assert [each.what for each in history(registry, name)] == ["promote", "rollback"]


def test_other_images_and_too_few_are_refused(gated, tmp_path):
    name, registry = gated
    other = write_discs(tmp_path / "other", 12)
    labels = other.parent / "labels"
    (labels / "03.png").write_bytes((labels / "04.png").read_bytes())
    with pytest.raises(PromotionError, match=r"is not the evaluation set of .* its fingerprint"):
        promote(registry, name, 2, HOST, data=other)
    few = write_discs(tmp_path / "few", FEWEST_IMAGES - 1)
    register_set(registry, name, read_set(few, "test", HOST)[0])
    with pytest.raises(PromotionError, match=r"9 image.* it takes 10"):
        promote(registry, name, 2, HOST)
    assert champion_of(registry, name).version == 1
    assert history(registry, name) == []


def test_of_two_at_once_one_wins_and_the_other_is_told(gated, lab, tmp_path, monkeypatch):
    # both look at the champion before either writes
    name, registry = gated
    both, measure = threading.Barrier(2), promoting._measure

    def measure_and_wait(*arguments):
        figures = measure(*arguments)
        both.wait(timeout=120)
        return figures

    monkeypatch.setattr(promoting, "_measure", measure_and_wait)
    outcomes = {}

    def run(number):
        try:
            outcomes[number] = promote(Registry(lab.uri, Cache(tmp_path / str(number))), name, number, HOST)
        except PromotionError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = (number for number, outcome in outcomes.items() if not isinstance(outcome, Exception))
    (loser,) = set(outcomes) - {winner}
    assert f"moved meanwhile, from 1 to {winner}" in str(outcomes[loser])
    assert champion_of(registry, name).version == winner
    assert [each.after for each in history(registry, name)] == [winner]


def test_an_editor_who_may_not_take_an_alias_away_is_told_so_and_moves_nothing(gated, lab, act):
    name, registry = gated
    promote(registry, name, 2, HOST, force=True, reason="to go back from")
    admin = act("admin")
    make_user(lab, "editor")
    permit(lab, "editor", "registered_model", name, "EDIT")
    permit(lab, "editor", "experiment", experiment_of(admin, name), "EDIT")
    editor = act("editor")
    needed = f"it takes MANAGE on the model '{name}' and on the experiment 'nanosieve-models/{name}'"
    with pytest.raises(RegistryError, match=needed):
        rollback(editor, name, "not theirs to do")
    with pytest.raises(RegistryError, match=needed):
        retire(editor, name, 1, "not theirs either")
    assert champion_of(admin, name).version == 2
    assert admin.versions(name)[0].retired == ""
    assert [each.what for each in history(admin, name)] == ["promote"]
