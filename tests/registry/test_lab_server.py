"""The server of a lab: who may do what on it, and what remains when it dies; on SQLite, and on PostgreSQL with S3."""

import pytest
import requests

from lab_servers import PASSWORD
from lab_users import experiment_of, make_user, move_alias, permit, write_over
from nanosieve import Host
from nanosieve.errors import NanosieveError
from nanosieve.models import WEIGHTS, file_sha256
from nanosieve_registry.cache import Cache
from nanosieve_registry.errors import RegistryError
from nanosieve_registry.exchange.exporting import Statements, export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import write_public
from nanosieve_registry.exchange.signing_key import create_key
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.registry import Registry
from nanosieve_registry.rights import grant
from nanosieve_registry.verifying import verify
from nsmodel_files import write_bundle
from registered import command

HOST = Host()


def test_rights_of_mlflow_on_model_and_experiment(lab, act, tmp_path, capsys):
    admin = act("admin")
    version = admin.publish(write_bundle(tmp_path / "bundle"), "matrix", alias="champion")
    experiment = experiment_of(admin, "matrix")
    users = ("nobody", "model_only", "reading", "model_editor", "file_editor")
    for user in users:
        make_user(lab, user)
    for user, model, files in (
        ("model_only", "READ", None),
        ("reading", "READ", "READ"),
        ("model_editor", "EDIT", "READ"),
        ("file_editor", "READ", "EDIT"),
    ):
        permit(lab, user, "registered_model", "matrix", model)
        if files:
            permit(lab, user, "experiment", experiment, files)

    for user in ("nobody", "model_only"):
        with pytest.raises(RegistryError, match="it takes READ on the model 'matrix' and on the experiment"):
            act(user).resolve("matrix@champion")
    for user in ("reading", "model_editor", "file_editor"):
        assert (act(user).resolve("matrix@champion").folder / WEIGHTS).is_file()

    assert [move_alias(lab, user, "matrix") for user in users] == [403, 403, 403, 200, 403]
    assert [write_over(lab, user, experiment, version) for user in users] == [403, 403, 403, 403, 200]
    act("reading")
    code, _, err = command(capsys, "models", "verify", "matrix/1")
    assert code == 5
    assert "was changed" in err
    with pytest.raises(NanosieveError, match="changed"):
        Registry(lab.uri, Cache(tmp_path / "cache_of_another")).resolve("matrix/1")


def test_roles_do_what_the_guide_says_and_no_more(lab, act, tmp_path, capsys):
    admin = act("admin")
    for user in ("rea", "pub", "cur"):
        make_user(lab, user)
    for user, role in (("rea", "reader"), ("pub", "publisher"), ("cur", "curator")):
        code, out, err = command(capsys, "models", "grant", user, role, "roles")
        assert code == 0, err
        assert "on model roles and its experiment" in out

    bundle = write_bundle(tmp_path / "bundle")
    with pytest.raises(
        RegistryError,
        match="it takes EDIT on the model 'roles' and on the experiment 'nanosieve-models/roles'",
    ):
        act("pub").publish(bundle, "roles")
    proposed = act("pub").publish(bundle, "roles.proposed")
    with pytest.raises(RegistryError):
        act("rea").resolve("roles.proposed/1")
    curator = act("cur")
    taken = curator.publish(curator.resolve(str(proposed)).folder, "roles", alias="champion")
    assert taken.content == proposed.content
    for user in ("rea", "pub"):
        assert act(user).resolve("roles@champion").version == 1
        assert move_alias(lab, user, "roles") == 403
        assert write_over(lab, user, experiment_of(admin, "roles"), taken) == 403
    with pytest.raises(RegistryError, match="it takes the account of an administrator"):
        grant(act("cur"), "rea", "curator", "roles")
    with pytest.raises(RegistryError, match="ghost"):
        grant(act("admin"), "ghost", "reader", "roles")

    grant(admin, "cur", "reader", "roles")
    assert move_alias(lab, "cur", "roles") == 403


def test_a_request_under_a_name_that_is_not_the_server_s_is_refused(lab):
    ask = f"{lab.uri}/api/2.0/mlflow/experiments/get?experiment_id=0"
    answers = [
        requests.get(ask, headers=headers, auth=("admin", PASSWORD), timeout=30)
        for headers in ({}, {"Host": "evil.example"})
    ]
    assert [answer.status_code for answer in answers] == [200, 403]


def test_a_model_file_of_another_lab_is_imported_once(lab, act, tmp_path):
    own = create_key(tmp_path / "signing", "lab-a")
    bundle = write_bundle(tmp_path / "bundle")
    stated = Statements(name="spheres", version="1")
    file = export_model(bundle, tmp_path / "spheres.nsmodel", own, HOST, stated).path
    trust = TrustStore(tmp_path / "trust", tmp_path / "signing_b")
    trust.add(write_public(tmp_path / "lab-a.pub", own.public), own.public.keyid)

    admin = act("admin")
    first, again = (import_model(file, trust, HOST, admin) for _ in range(2))
    assert (str(first.version), first.version.aliases) == ("lab-a.spheres/1", ("candidate",))
    assert (again.version, again.new) == (first.version, False)
    fetched = admin.resolve("lab-a.spheres/1").folder
    assert file_sha256(fetched / WEIGHTS) == file_sha256(bundle / WEIGHTS)


def die_while_weights_go_up(server, request):
    """Half of the weights are sent, then the server is gone."""
    if request.method == "PUT" and WEIGHTS in request.url:
        whole = request.body if isinstance(request.body, bytes) else request.body.read()

        def halves():
            yield whole[: len(whole) // 2]
            server.kill()
            yield whole[len(whole) // 2 :]

        request.body = halves()


def die_before_the_alias(server, request):
    """The version is made; its alias is not."""
    if request.method == "POST" and request.url.endswith("registered-models/alias"):
        server.kill()


@pytest.mark.parametrize(("moment", "versions"), [(die_while_weights_go_up, 1), (die_before_the_alias, 2)])
def test_a_server_that_dies_while_a_model_is_published_leaves_no_half_version(
    lab, act, tmp_path, monkeypatch, moment, versions
):
    admin = act("admin")
    name = moment.__name__
    first = admin.publish(write_bundle(tmp_path / "first"), name, alias="champion")
    second = write_bundle(tmp_path / "second", name="other spheres")
    send = requests.Session.send
    with monkeypatch.context() as patched:

        def send_or_die(session, request, **options):
            moment(lab.server, request)
            return send(session, request, **options)

        patched.setattr(requests.Session, "send", send_or_die)
        with pytest.raises(RegistryError):
            admin.publish(second, name, alias="champion")
    assert lab.server.process.poll() is not None
    lab.restart()

    again = act("admin")
    assert [each.version for each in again.versions(name)] == list(range(1, versions + 1))
    assert [verify(again, f"{name}/{each.version}", HOST).problem for each in again.versions(name)] == [
        ""
    ] * versions
    fresh = Registry(lab.uri, Cache(tmp_path / "fresh"))
    assert fresh.resolve(f"{name}@champion").version == first.version
    published = again.publish(second, name, alias="champion")
    assert (published.version, published.aliases) == (2, ("champion",))
    assert verify(again, f"{name}/2", HOST).problem == ""
