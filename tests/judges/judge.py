"""Independent judges of a running server: somebody else's models read what we send.

Discovery and every answer are read by healthchain's CDS Hooks models; every resource of an action and every
OperationOutcome by the FHIR R4B models of fhir.resources. Optional: it needs the network to install them.

    python3 -m venv /tmp/judges && /tmp/judges/bin/pip install -r tests/judges/requirements.txt
    cargo run --release -- serve --listen 127.0.0.1:8099 &
    /tmp/judges/bin/python tests/judges/judge.py http://127.0.0.1:8099 ../shared/requests
"""

import json
import pathlib
import sys
import urllib.error
import urllib.request

from fhir.resources.R4B import get_fhir_model_class
from healthchain.models import CDSResponse, CDSService


def ask(url, body=None):
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def judge_outcome(answer, where, complaints):
    try:
        get_fhir_model_class("OperationOutcome").model_validate(answer)
    except ValueError as error:
        complaints.append(f"{where}: OperationOutcome: {error}")


def judge_answer(answer, where, complaints, counts):
    plain = json.loads(json.dumps(answer))
    for card in plain.get("cards", []):
        card.pop("links", None)  # its model wants a misspelt member in every link
        counts["cards"] += 1
        for suggestion in card.get("suggestions", []):
            for action in suggestion.get("actions", []):
                resource = action.get("resource")
                if resource is None:
                    continue
                counts["resources"] += 1
                try:
                    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
                except (ValueError, KeyError, LookupError) as error:
                    counts["foreign"] += 1
                    print(f"note: {where}: a resource sent back as it came is no R4 {resource.get('resourceType')}: {str(error).splitlines()[0]}")
    try:
        CDSResponse.model_validate(plain)
    except ValueError as error:
        complaints.append(f"{where}: {error}")


def main(base, folder):
    complaints, counts = [], {"calls": 0, "cards": 0, "resources": 0, "foreign": 0, "refused": 0}
    status, discovery = ask(f"{base}/cds-services")
    assert status == 200, status
    for service in discovery["services"]:
        try:
            CDSService.model_validate(service)
        except ValueError as error:
            # Its hook enumeration may not know every hook; only other complaints count.
            if "hook" not in str(error):
                complaints.append(f"discovery {service['id']}: {error}")
    services = {service["hook"]: service["id"] for service in discovery["services"]}
    for path in sorted(pathlib.Path(folder).rglob("*.json")):
        try:
            call = json.loads(path.read_bytes())
        except ValueError:
            continue
        if not isinstance(call, dict) or call.get("hook") not in services or not isinstance(call.get("context"), dict):
            continue
        status, answer = ask(f"{base}/cds-services/{services[call['hook']]}", path.read_bytes())
        counts["calls"] += 1
        if status == 200:
            judge_answer(answer, path.name, complaints, counts)
        else:
            counts["refused"] += 1
            judge_outcome(answer, f"{path.name} ({status})", complaints)
    for line in complaints:
        print("COMPLAINT", line)
    print(", ".join(f"{count} {name}" for name, count in counts.items()), f"- {len(complaints)} complaints")
    return 1 if complaints or counts["calls"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2]))
