# %% [markdown]
# # From purchases to a deployed model
#
# A shop wants to know who buys again within three days. This notebook streams its purchases into the
# service, makes features of them, trains four models, chooses one and deploys it. It starts a service
# of its own on SQLite, so there is nothing to prepare but `make .venv/.worker`.
#
# It is plain Python: run it as `.venv/bin/python notebooks/registry.py`, or open it in JupyterLab or
# VS Code, which show each `# %%` as a cell.

# %%
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import duckdb
from matplotlib import pyplot as plt
from service import ROOT, Json, Service, show

service = Service.start()
get, post = service.get, service.post
print(f"Docs: {service.url}/docs")

# %% [markdown]
# ## Purchases
#
# `data/events.csv` has 10,000 purchases of October 2026. Most come from few customers.

# %%
shop = duckdb.connect()
shop.read_csv(str(ROOT / "data/events.csv")).create_view("events")
customers = shop.execute(
    """SELECT customer, count(*) AS purchases, sum(amount_cents) / 100 AS spent
    FROM events GROUP BY customer ORDER BY purchases DESC"""
).fetchnumpy()

figure, axes = plt.subplots(figsize=(8, 3))
axes.scatter(customers["purchases"], customers["spent"], s=12, alpha=0.6)
axes.set(title="Who buys often spends much", xlabel="purchases", ylabel="spent, EUR")
show(figure, "customers")

# %% [markdown]
# ## Features
#
# What is known of each customer at the end of each day: purchases of the last two weeks. A feature
# has a time, since a model may learn only from what was known when it would have been asked.

# %%
days = shop.execute(
    """
    WITH days AS (SELECT unnest(range(DATE '2026-10-08', DATE '2026-10-29', INTERVAL 1 DAY)) AS day)
    SELECT
        customer AS entity,
        day AS event_at,
        count(*) AS orders,
        sum(amount_cents) / 100 AS spent,
        date_diff('hour', max("at"), day) AS quiet_hours
    FROM days JOIN events ON "at" >= day - INTERVAL 14 DAY AND "at" < day
    GROUP BY customer, day
    ORDER BY event_at, entity
    """
).fetchall()
print(f"{len(days)} rows, such as {days[0]}")

name = f"two weeks {uuid4().hex[:8]}"
view = post(
    "feature-views",
    name=name,
    entity="customer",
    features={"orders": "int", "spent": "float", "quiet_hours": "int"},
)
stream = service.folder / f"{name}.ndjson"
with stream.open("w", encoding="utf-8") as text:
    for entity, event_at, orders, spent, quiet_hours in days:
        values = {"orders": orders, "spent": spent, "quiet_hours": quiet_hours}
        record = {"view": name, "entity": entity, "event_at": f"{event_at.isoformat()}Z"}
        print(json.dumps(record | {"values": values}), file=text)
    print("This is no record.", file=text)

# %% [markdown]
# ## A stream that is killed
#
# The intake writes rows and its position in one transaction. So it can be killed at any moment: the
# next one goes on where the last commit ends, and each record counts once.

# %%
intake = [sys.executable, "-m", "src.ingestion", "file", "-"]
intake += ["--name", name, "--sink", "feature_values"]
lines = stream.read_bytes().splitlines(keepends=True)
moments = [{"entity": row[0], "at": f"{row[1].isoformat()}Z"} for row in days]


def stored() -> int:
    """Return how many of the rows the service has."""
    rows = post(f"feature-views/{view['id']}/historical", rows=moments)["rows"]
    return sum(row["event_at"] == moment["at"] for row, moment in zip(rows, moments, strict=True))


first = subprocess.Popen(intake, stdin=subprocess.PIPE, cwd=ROOT, env=service.environment)
assert first.stdin
for start in range(0, len(lines), 100):
    first.stdin.writelines(lines[start : start + 100])
    first.stdin.flush()
    if stored() >= 1_000:
        break
first.kill()
first.wait()
print(f"Killed after {stored():,} of {len(days):,} rows")

# %%
with stream.open("rb") as again:
    subprocess.run(intake, stdin=again, cwd=ROOT, env=service.environment, check=True)
letters = get("dead-letters", consumer="feature_values", sort="-id")["items"]
dead = [each for each in letters if each["source"] == name]
print(f"{stored():,} of {len(days):,} rows, and {len(dead)} line put aside: {dead[0]['reason']}")
assert (stored(), len(dead)) == (len(days), 1)

# %% [markdown]
# ## Labels
#
# What the model has to tell: does a customer buy within three days? Each label has the time at which
# the question would have been asked.

# %%
path = service.folder / "labels.csv"
shop.execute(
    """
    CREATE TABLE labels AS
    WITH asked AS (
        SELECT customer, day FROM
            (SELECT DISTINCT customer FROM events),
            (SELECT unnest(range(DATE '2026-10-15', DATE '2026-10-26', INTERVAL 1 DAY)) AS day)
    )
    SELECT
        customer,
        strftime(day, '%Y-%m-%dT%H:%M:%SZ') AS asked_at,
        if(EXISTS (
            FROM events
            WHERE events.customer = asked.customer
            AND "at" >= day AND "at" < day + INTERVAL 3 DAY
        ), 'buys', 'stays away') AS answer
    FROM asked ORDER BY day, customer
    """
)
shop.table("labels").write_csv(str(path))
with path.open("rb") as content:
    file = service.send("POST", "uploads", files={"file": ("labels.csv", content, "text/csv")})
print(f"{file['name']}: {file['size_bytes']:,} bytes, SHA-256 {file['sha256'][:12]}...")

# %% [markdown]
# ## Four trainings
#
# They run in children of a worker, side by side. Each takes the labels, and the features as they were
# known at the times of the labels.

# %%
MODELS: dict[str, Json] = {
    "logistic_regression": {},
    "k_neighbors_classifier": {"n_neighbors": 25},
    "random_forest_classifier": {"n_estimators": 200, "max_depth": 5},
    "gradient_boosting_classifier": {"learning_rate": 0.05},
}
project = post("projects", name=f"shop {uuid4().hex[:8]}")
experiments = {each: post("experiments", project_id=project["id"], name=each) for each in MODELS}


def train(model_type: str) -> Json:
    """Train a model, tell its progress, and return the result."""
    job = post(
        f"experiments/{experiments[model_type]['id']}/feature-trainings",
        training={
            "file_id": file["id"],
            "target_column": "answer",
            "model_type": model_type,
            "hyperparameters": MODELS[model_type],
            "preprocessing": [{"step": "impute"}, {"step": "scale"}],
            "random_state": 0,
            "register_as": "buys again",
        },
        entity_column="customer",
        at_column="asked_at",
        views=[{"feature_view_id": view["id"]}],
    )
    for news in service.events(job):
        told = news.get("status") or f"{news['message']} {news['done'] or ''}"
        print(f"{model_type:>28}  {told}", flush=True)
    result: Json = get(f"jobs/{job['id']}")["result"]
    return result


with ThreadPoolExecutor() as watching:
    results = dict(zip(MODELS, watching.map(train, MODELS), strict=True))

# %% [markdown]
# ## Curves and comparison
#
# Forests and boosting tell their metrics while they grow.

# %%
figure, (left, right) = plt.subplots(ncols=2, figsize=(10, 3.5))
for model_type, experiment in experiments.items():
    curve = get(f"experiments/{experiment['id']}/metrics/series", key="test/log_loss")
    left.plot(curve["steps"], curve["values"], marker="o", markersize=3, label=model_type)
left.set(title="Loss on the test part", xlabel="step", ylabel="log loss")
left.legend(fontsize=7)

model = get("ml-models", project_id=project["id"])["items"][0]
versions = get(f"ml-models/{model['id']}/comparison", metric="roc_auc")["items"]
kinds = {result["model_version_id"]: kind for kind, result in results.items()}
right.barh([kinds[each["id"]] for each in versions], [each["value"] for each in versions])
right.invert_yaxis()
right.set(title="Ranking quality of the versions", xlabel="ROC AUC", xlim=(0.5, 1))
right.tick_params(axis="y", labelsize=7)
show(figure, "models")

# %% [markdown]
# ## A deployment by criteria
#
# Nobody names a version: the service picks the best one that keeps the conditions, and says why.

# %%
deployment = post(
    "deployments",
    environment="production",
    base_image="registry.example.com/shop:1",
    criteria={
        "ml_model_id": model["id"],
        "primary_metric": "roc_auc",
        "metric_threshold": 0.6,
        "secondary_metrics": [{"name": "log_loss", "at_most": 0.69}],
    },
)
version_id = deployment["version_id"]
print(deployment["reason"])

# %% [markdown]
# ## Predictions
#
# The version knows its features, in their order, and refuses if a view has changed since.

# %%
asked = post(f"model-versions/{version_id}/online", entities=["c001", "c050", "c150"])["rows"]
answer = post(f"model-versions/{version_id}/predictions", rows=[row["values"] for row in asked])
for row, prediction, chances in zip(
    asked, answer["predictions"], answer["probabilities"], strict=True
):
    print(f"{row['entity']} {row['values']}: {prediction}, {max(chances):.0%}")

# %% [markdown]
# ## The way back
#
# From the deployment to the labels: each step is a row of the service.

# %%
lineage = get(f"deployments/{deployment['id']}/lineage")
version = get(f"model-versions/{version_id}")
trained = get(f"model-versions/{version_id}/features")
session = get(
    "documents",
    kind="model_session",
    where=json.dumps({"experiment_id": version["experiment_id"]}),
)["items"][0]["body"]
origin = get(f"files/{session['data']['file_id']}/origin")
way = [
    f"deployment to {deployment['environment']}",
    f"version {version['number']} of the model {lineage['versions'][0]['ml_model_name']}",
    f"experiment {lineage['experiments'][0]['name']} of the project {lineage['project']['name']}",
    f"features {', '.join(trained['views'][0]['features'])} of the view {name}",
    f"training set with SHA-256 {session['data']['sha256'][:12]}...",
    f"labels with SHA-256 {origin['sha256'][:12]}...",
]
print("\n".join(f"{'  ' * depth}{step}" for depth, step in enumerate(way)))
assert origin["sha256"] == file["sha256"]

# %%
service.stop()
