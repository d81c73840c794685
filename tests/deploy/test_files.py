"""What can be checked of the deployment where no container engine runs: by validators, and by reading it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from bot.settings import ROOT
from tests.deploy.audit import EXCEPTIONS, exceptions

KUBERNETES = ROOT / "deploy" / "kubernetes"
MANIFESTS = sorted(KUBERNETES.glob("*.yaml"))
COMPOSE = yaml.safe_load((ROOT / "compose.yml").read_text())
# Kubernetes' own schemas; strict ones know no field that it would ignore.
SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / "v1.33.0-local-strict"


def documents() -> list[dict]:
    return [
        document
        for file in MANIFESTS
        if file.name != "kustomization.yaml"
        for document in yaml.safe_load_all(file.read_text())
    ]


def pods() -> list[tuple[str, dict]]:
    found = []
    for document in documents():
        spec = document.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found.append((document["metadata"]["name"], spec["template"]))
    return found


def containers() -> list[tuple[str, dict]]:
    return [
        (f"{name}/{container['name']}", container)
        for name, pod in pods()
        for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]
    ]


def test_hadolint_finds_nothing_in_the_dockerfile():
    hadolint = Path(sys.executable).parent / "hadolint"

    answer = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)

    assert answer.returncode == 0, answer.stdout


def test_what_an_image_copies_is_there_and_not_ignored():
    ignored = set((ROOT / ".dockerignore").read_text().split())
    for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert source == "." or ((ROOT / source).exists() and source not in ignored), source


def test_no_image_holds_tensorflow_and_none_runs_as_root():
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert dockerfile.count("USER 10001:10001") == 2
    assert "--group stock" not in dockerfile
    assert "--group training" not in dockerfile


@pytest.mark.parametrize("document", documents(), ids=lambda d: f"{d['kind']}-{d['metadata']['name']}")
def test_a_manifest_is_what_kubernetes_takes(document: dict):
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", document["apiVersion"])
    schema = json.loads((SCHEMAS / f"{document['kind'].lower()}-{group}.json").read_text())
    # All that it refers to is here: nothing is fetched.
    known = {
        "https://kubernetes.io/api/_definitions.json": json.loads((SCHEMAS / "_definitions.json").read_text())
    }
    resolver = jsonschema.RefResolver.from_schema(schema, store=known)

    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(document)


def test_kustomize_knows_every_manifest_and_every_image():
    known = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())

    assert sorted(known["resources"]) == [
        file.name for file in MANIFESTS if file.name != "kustomization.yaml"
    ]
    assert {image["name"] for image in known["images"]} == {
        container["image"] for _, container in containers()
    }


@pytest.mark.parametrize(
    ("name", "container"), containers(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_container_may_do_no_more_than_it_must(name: str, container: dict):
    may = container["securityContext"]

    assert may["readOnlyRootFilesystem"]
    assert not may["allowPrivilegeEscalation"]
    assert may["capabilities"]["drop"] == ["ALL"]
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize(("name", "pod"), pods(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_pod_runs_as_nobody_and_has_a_policy(name: str, pod: dict):
    policies = [d for d in documents() if d["kind"] == "NetworkPolicy"]
    spec = pod["spec"]

    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["automountServiceAccountToken"] is False
    assert any(p["spec"]["podSelector"].get("matchLabels") == pod["metadata"]["labels"] for p in policies)


def test_no_secret_stands_in_a_file():
    for file in [*MANIFESTS, ROOT / "compose.yml", ROOT / "Dockerfile"]:
        for line in file.read_text().splitlines():
            found = re.search(r"^\s*(\w*(?:SECRET|TOKEN|PASSWORD)): *(.*)$", line)
            assert not found or found[2].startswith("${"), f"{file.name}: {line}"
    assert not [d for d in documents() if d["kind"] == "Secret"]


def test_compose_opens_one_door_only():
    open_doors = [name for name, service in COMPOSE["services"].items() if "ports" in service]

    assert open_doors == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert (
        "outside"
        not in COMPOSE["services"]["postgres"]["networks"] + COMPOSE["services"]["redis"]["networks"]
    )


@pytest.mark.parametrize("name", ["bot", "actions", "knowledge", "nginx", "redis"])
def test_a_service_of_compose_may_do_no_more_than_it_must(name: str):
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_compose_and_kubernetes_set_is_what_the_settings_read():
    read = set(re.findall(r'"([A-Z_]{4,})"', (ROOT / "bot" / "settings.py").read_text()))
    messaging = {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN"}
    compose = set(COMPOSE["services"]["bot"]["environment"])
    cluster = set(next(d for d in documents() if d["kind"] == "ConfigMap")["data"])

    assert compose - messaging <= read
    assert cluster <= read


@pytest.mark.parametrize("name", ["EMBEDDED_ON", "METRICS_TOKEN", "RETENTION_DAYS", "TURNS_A_MINUTE"])
def test_compose_passes_on_what_its_reader_may_set(name: str):
    assert COMPOSE["services"]["bot"]["environment"][name].startswith(f"${{{name}:-")


def test_an_exception_of_the_audit_has_a_reason_and_a_day(monkeypatch, tmp_path):
    assert exceptions(date(2026, 1, 1))
    with pytest.raises(SystemExit, match="looked at again"):
        exceptions(date(2999, 1, 1))
    bare = tmp_path / EXCEPTIONS.name
    bare.write_text('[[except]]\nid = "CVE-1"\npackage = "x"\nwhy = " "\nagain = 2999-01-01\n')
    monkeypatch.setattr("tests.deploy.audit.EXCEPTIONS", bare)
    with pytest.raises(SystemExit, match="CVE-1 needs"):
        exceptions(date(2026, 1, 1))
