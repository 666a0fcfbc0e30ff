/** The OpenAPI document, made from the table of routes: what is not registered cannot be in it, and nothing can be missing. */
import { z } from "zod";
import type { Route } from "../auth/routes.ts";

type JsonObject = Record<string, unknown>;

export function openApiDocument(table: readonly Route[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of table) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Updraft", version, description: "Names and shapes follow the REST API of Apache Airflow 3." },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A token from POST /auth/token" },
        session: { type: "apiKey", in: "cookie", name: "__Host-updraft_session" },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

function operation(route: Route): JsonObject {
  const body = route.body ?? route.form;
  return {
    operationId: operationId(route),
    ...(route.summary ? { summary: route.summary } : {}),
    ...(route.tag ? { tags: [route.tag] } : {}),
    security: route.permission === "public" ? [] : [{ bearer: [] }, { session: [] }],
    "x-permission": route.permission,
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(body ? { requestBody: requestBody(route, body) } : {}),
    responses: responses(route),
  };
}

/** `get_api_v2_dags_dag_id`: unique, because method and path are. */
function operationId(route: Route): string {
  return `${route.method.toLowerCase()}${route.path.replace(/[^A-Za-z0-9]+/g, "_")}`;
}

function pathParameters(path: string): readonly JsonObject[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: name === "map_index" || name?.endsWith("_number") ? "integer" : "string" },
  }));
}

function queryParameters(query: z.ZodType | undefined): readonly JsonObject[] {
  if (!query) return [];
  const { properties = {}, required = [] } = jsonSchema(query) as {
    properties?: Record<string, JsonObject>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function requestBody(route: Route, body: z.ZodType): JsonObject {
  const type = route.body ? "application/json" : "application/x-www-form-urlencoded";
  return { required: !body.safeParse({}).success, content: { [type]: { schema: jsonSchema(body) } } };
}

function responses(route: Route): JsonObject {
  const answers: JsonObject = {};
  for (const [status, shape] of Object.entries(route.responses ?? { 200: { description: "Success" } })) {
    answers[status] =
      shape instanceof z.ZodType
        ? { description: "Success", content: { "application/json": { schema: jsonSchema(shape) } } }
        : shape;
  }
  const problems = [
    ...(route.permission === "public" ? [] : [401, 403]),
    ...(route.path.includes(":") ? [404] : []),
    ...(route.query || route.body || route.form ? [422] : []),
  ];
  for (const status of problems) {
    answers[status] ??= {
      description: problemNames[status],
      content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return answers;
}

const problemNames: Readonly<Record<number, string>> = {
  401: "Not authenticated",
  403: "Forbidden",
  404: "Not found, or not for this caller to see",
  422: "A field is wrong; `detail` names it",
};

const problemSchema: JsonObject = {
  type: "object",
  required: ["detail"],
  properties: {
    detail: {
      anyOf: [
        { type: "string" },
        {
          type: "array",
          items: {
            type: "object",
            required: ["loc", "msg", "type"],
            properties: {
              loc: { type: "array", items: { type: ["string", "integer"] } },
              msg: { type: "string" },
              type: { type: "string" },
            },
          },
        },
      ],
    },
  },
};

/** The input side of both: an answer's defaults and transforms, if it had any, would be applied before it is sent. */
function jsonSchema(schema: z.ZodType): JsonObject {
  // The dialect is the document's own.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}
