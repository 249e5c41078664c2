// The whole life of a feature, with openapi-fetch and the types that openapi-typescript has written.
// Checked by tsc in its strict mode, and run: node life.js URL EMAIL PASSWORD

import assert from "node:assert/strict";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Project = components["schemas"]["ProjectResponse"];
type Problem = components["schemas"]["Problem"];
type Service = Client<paths>;

const [url, email, password] = process.argv.slice(2) as [string, string, string];

function given<T>(value: T | null | undefined): T {
  assert(value !== null && value !== undefined);
  return value;
}

async function logIn(): Promise<Service> {
  const client = createClient<paths>({ baseUrl: url });
  const attempt = (secret: string) =>
    client.POST("/api/v1/login", {
      body: { grant_type: "password", username: email, password: secret, scope: "" },
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
  const wrong: Problem = given((await attempt("wrong")).error);
  assert.deepEqual([wrong.status, wrong.title], [401, "Unauthorized"]);
  const login = given((await attempt(password)).data);
  return createClient<paths>({
    baseUrl: url,
    headers: { Authorization: `Bearer ${login.access_token}` },
  });
}

async function create(service: Service): Promise<Project> {
  const request = {
    params: { header: { "Idempotency-Key": "2" } },
    body: { name: "Apollo 2" },
  };
  const first = await service.POST("/api/v1/projects", request);
  const again = await service.POST("/api/v1/projects", request);
  const project = given(first.data);
  assert.equal(first.response.status, 201);
  assert(given(first.response.headers.get("Location")).endsWith(`/projects/${project.id}`));
  assert.deepEqual(again.data, project);
  assert.equal(again.response.headers.get("Idempotent-Replayed"), "true");
  assert.deepEqual([project.name, project.description, project.version], ["Apollo 2", null, 1]);
  return project;
}

async function refuse(service: Service): Promise<void> {
  const statuses: number[] = [];
  for (const name of ["Apollo 2", ""]) {
    const { error } = await service.POST("/api/v1/projects", { body: { name } });
    const problem: Problem = given(error);
    assert.deepEqual(Object.keys(given(problem.errors)), ["body.name"]);
    statuses.push(problem.status);
  }
  assert.deepEqual(statuses, [409, 422]);
}

async function page(service: Service): Promise<void> {
  for (const name of ["Apollo 3", "Apollo 4"]) {
    given((await service.POST("/api/v1/projects", { body: { name } })).data);
  }
  const names: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { limit: 2, sort: "name" as const, ...(cursor ? { cursor } : {}) };
    const { data } = await service.GET("/api/v1/projects", { params: { query } });
    names.push(...given(data).items.map((each) => each.name));
    cursor = given(data).next_cursor;
  } while (cursor);
  assert.deepEqual(names.filter((name) => name.startsWith("Apollo")), [
    "Apollo 2",
    "Apollo 3",
    "Apollo 4",
  ]);
}

async function change(service: Service, project: Project): Promise<void> {
  const path = { project_id: project.id };
  const read = await service.GET("/api/v1/projects/{project_id}", { params: { path } });
  assert.deepEqual(read.data, project);
  const header = { "if-match": given(read.response.headers.get("ETag")) };
  const patch = (description: string | null, params: { path: typeof path; header?: typeof header }) =>
    service.PATCH("/api/v1/projects/{project_id}", { params, body: { description } });
  assert.equal(given((await patch("Moon", { path, header })).data).description, "Moon");
  assert.equal(given((await patch("Mars", { path, header })).error).status, 412);
  assert.equal(given((await patch(null, { path })).data).description, null);
}

async function configure(service: Service, project: Project): Promise<void> {
  const query = { project_id: project.id, kind: "project_config" as const };
  const found = await service.GET("/api/v1/documents", { params: { query } });
  const document = given(given(found.data).items[0]);
  const path = { document_id: document.id };
  const body = { body: { primary_metric: "accuracy", settings: { depth: 3 } } };
  const changed = await service.PATCH("/api/v1/documents/{document_id}", { params: { path }, body });
  const config = given(changed.data).body;
  assert(config.kind === "project_config");
  assert.deepEqual([config.primary_metric, config.settings], ["accuracy", { depth: 3 }]);
}

async function remove(service: Service, project: Project): Promise<void> {
  const path = { project_id: project.id };
  const deleted = await service.DELETE("/api/v1/projects/{project_id}", { params: { path } });
  assert.equal(deleted.response.status, 204);
  const gone = await service.GET("/api/v1/projects/{project_id}", { params: { path } });
  assert.equal(given(gone.error).status, 404);
}

const service = await logIn();
const project = await create(service);
await refuse(service);
await page(service);
await change(service, project);
await configure(service, project);
await remove(service, project);
console.log("lived");
