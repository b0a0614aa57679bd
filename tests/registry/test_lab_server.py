"""The server of a lab: who may do what on it, and what remains when it dies; on SQLite, and on PostgreSQL with S3."""

from contextlib import ExitStack

import pytest
import requests

from lab_servers import PASSWORD, start_on_sqlite, start_server
from nanosieve import Host
from nanosieve.errors import NanosieveError
from nanosieve.models import WEIGHTS, file_sha256
from nanosieve_registry.cache import Cache
from nanosieve_registry.errors import PromotionError, RegistryError
from nanosieve_registry.exchange.exporting import Statements, export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import create_key, write_public
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.gate.evaluation_sets import read_set, register_set
from nanosieve_registry.gate.promoting import champion_of, promote, rollback
from nanosieve_registry.registry import Registry
from nanosieve_registry.rights import grant
from nanosieve_registry.verifying import verify
from nsmodel_files import write_bundle
from postgres import BUCKET, postgres, s3_store
from registered import LARGE, command, threshold_bundle, write_discs

HOST = Host()
BACKENDS = ("sqlite", "postgres")


class Lab:
    """A running server, which tests may kill and start again."""

    def __init__(self, server):
        self.server = server

    @property
    def uri(self):
        return self.server.uri

    def restart(self):
        self.server = self.server.again()


@pytest.fixture(scope="module", params=BACKENDS)
def lab(request, tmp_path_factory, empty_database):
    folder = tmp_path_factory.mktemp("lab")
    with ExitStack() as stack:
        if request.param == "sqlite":
            running = Lab(start_on_sqlite(folder, empty_database))
        else:
            databases = stack.enter_context(postgres("mlflow", "accounts"))
            environment, _ = stack.enter_context(s3_store(folder))
            running = Lab(
                start_server(
                    folder,
                    databases["mlflow"],
                    f"s3://{BUCKET}/mlflow",
                    environment=environment,
                    accounts=databases["accounts"],
                )
            )
        stack.callback(lambda: running.server.stop())
        yield running


@pytest.fixture
def act(lab, tmp_path, monkeypatch):
    """Become a user of the server; returns the registry as that user sees it. Accounts are made at need."""
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", lab.uri)

    def become(user):
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        return Registry(lab.uri, Cache(tmp_path / f"cache_{user}"))

    return become


def make_user(lab, user):
    answer = requests.post(
        f"{lab.uri}/api/2.0/mlflow/users/create",
        json={"username": user, "password": PASSWORD},
        auth=("admin", PASSWORD),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def permit(lab, user, kind, thing, permission):
    answer = requests.post(
        f"{lab.uri}/api/3.0/mlflow/users/permissions/grant",
        json={"username": user, "resource_type": kind, "resource_id": thing, "permission": permission},
        auth=("admin", PASSWORD),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def move_alias(lab, user, name, version="1"):
    """Status of a request that lets @champion point elsewhere."""
    return requests.post(
        f"{lab.uri}/api/2.0/mlflow/registered-models/alias",
        json={"name": name, "alias": "champion", "version": version},
        auth=(user, PASSWORD),
        timeout=30,
    ).status_code


def write_over(lab, user, experiment, version):
    """Status of a request that writes over the weights of a registered version."""
    path = f"{experiment}/models/{version.model_id}/artifacts/data/bundle/{WEIGHTS}"
    return requests.put(
        f"{lab.uri}/api/2.0/mlflow-artifacts/artifacts/{path}",
        data=b"other weights",
        auth=(user, PASSWORD),
        timeout=30,
    ).status_code


def experiment_of(registry, name):
    return registry.store.experiment(f"nanosieve-models/{name}")


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
        with pytest.raises(NanosieveError):
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
    with pytest.raises(RegistryError, match="403"):
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
    with pytest.raises(RegistryError, match="403"):
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


def test_a_curator_promotes_through_the_gate_and_takes_it_back(lab, act, tmp_path):
    admin = act("admin")
    make_user(lab, "judge")
    grant(admin, "judge", "curator", "gated")
    judge = act("judge")
    judge.publish(threshold_bundle(tmp_path / "coarse", min_area_px=LARGE), "gated", alias="champion")
    judge.publish(threshold_bundle(tmp_path / "fine"), "gated")
    register_set(judge, "gated", read_set(write_discs(tmp_path / "pictures", 12), "test", HOST)[0])
    assert promote(judge, "gated", 2, HOST).after == 2
    with pytest.raises(PromotionError, match="gated/1 is worse than gated/2"):
        promote(judge, "gated", 1, HOST)
    assert champion_of(judge, "gated").version == 2
    rollback(judge, "gated", "only to see it")
    assert champion_of(admin, "gated").version == 1


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
