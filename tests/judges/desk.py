"""The pharmacy side's answers, read by the FHIR R4B models of fhir.resources.

Every hook call with orders and every Bundle among the requests is asked at POST /screen, with a trace; the Bundle that comes
back, each resource in it, and every OperationOutcome are read. Run as judge.py is:

    cargo run --release -- serve --listen 127.0.0.1:8099 --admin-token x &
    /tmp/judges/bin/python tests/judges/desk.py http://127.0.0.1:8099 ../shared/requests x
"""

import json
import pathlib
import sys
import urllib.error
import urllib.request

from fhir.resources.R4B import get_fhir_model_class


def ask(url, body, token):
    headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def bundles(value):
    """The Bundle of a file, or one made of a hook call: its orders and its prefetch."""
    if value.get("resourceType") == "Bundle":
        return "", value
    context = value.get("context")
    if not isinstance(context, dict) or not isinstance(context.get("patientId"), str):
        return None
    parts = [context.get("draftOrders"), context.get("medications"), context.get("medication"), context.get("order"), *(value.get("prefetch") or {}).values()]
    entries = [{"resource": part.get("resource", part)} for part in parts if isinstance(part, dict)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return f"&patient={urllib.request.quote(context['patientId'], safe='')}", bundle


def main(base, folder, token):
    complaints, counts = [], {"asked": 0, "issues": 0, "gaps": 0, "refused": 0}
    for path in sorted(pathlib.Path(folder).rglob("*.json")):
        try:
            value = json.loads(path.read_bytes())
        except ValueError:
            continue
        made = bundles(value) if isinstance(value, dict) else None
        if made is None:
            continue
        query, bundle = made
        status, answer = ask(f"{base}/screen?trace=true{query}", json.dumps(bundle).encode(), token)
        counts["asked"] += 1
        counts["refused"] += status != 200
        kind = "Bundle" if status == 200 else "OperationOutcome"
        try:
            get_fhir_model_class(kind).model_validate(answer)
        except ValueError as error:
            complaints.append(f"{path.name} ({status}): {kind}: {error}")
        for entry in answer.get("entry", []):
            resource = entry["resource"]
            counts["issues"] += resource["resourceType"] == "DetectedIssue"
            counts["gaps"] += len(resource.get("issue", []))
            try:
                get_fhir_model_class(resource["resourceType"]).model_validate(resource)
            except ValueError as error:
                complaints.append(f"{path.name}: {resource['resourceType']}: {error}")
    for line in complaints:
        print("COMPLAINT", line)
    print(", ".join(f"{count} {name}" for name, count in counts.items()), f"- {len(complaints)} complaints")
    return 1 if complaints or counts["issues"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]))
