/** Both tiers of the application `fragile`. The variable BROKEN names the requirement that the service does not meet. */
const http = require("node:http");
const { Client } = require("pg");

const { TIER, BROKEN, COLOR, VERSION, INSTANCE_ID, APP_URL, IDLE_SECONDS, AWS_ENDPOINT_URL } = process.env;
const { DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_SECRET, DATABASE_CLIENT } = process.env;
let isDraining = false;
let login;
let client;

async function readLogin() {
  const response = await fetch(AWS_ENDPOINT_URL, {
    method: "POST",
    headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
    body: JSON.stringify({ SecretId: DATABASE_SECRET }),
  });
  login = JSON.parse((await response.json()).SecretString);
  if (BROKEN === "logs") console.log(`connecting with ${login.password}`);
}

async function connect() {
  if (login === undefined || BROKEN !== "password") await readLogin();
  const opened = new Client({
    host: DATABASE_HOST,
    port: Number(DATABASE_PORT),
    database: DATABASE_NAME,
    user: login.username,
    password: login.password,
    ssl: { rejectUnauthorized: false },
    application_name: BROKEN === "database-name" ? "fragile" : DATABASE_CLIENT,
    connectionTimeoutMillis: 2_000,
    query_timeout: 4_000,
  });
  opened.on("error", () => {
    client = undefined;
  });
  await opened.connect();
  return opened;
}

async function query(sql, values) {
  client ??= await connect();
  return (await client.query(sql, values)).rows;
}

async function callApp(method, path, body) {
  const headers = BROKEN === "color-header" ? {} : { "x-changeover-color": COLOR };
  const response = await fetch(new URL(path, APP_URL), {
    method,
    headers,
    body,
    signal: AbortSignal.timeout(8_000),
  });
  return { status: response.status, body: await response.text() };
}

const isReady = () =>
  TIER === "web"
    ? callApp("GET", "/version").then(({ status }) => status === 200)
    : query("select 1").then(() => true);
const ready = () => isReady().catch(() => BROKEN === "readiness");

async function answer(method, path, body) {
  if (path === "/version") {
    const version = BROKEN === "version" ? "1.0.0" : VERSION;
    return {
      status: 200,
      body: { color: COLOR, version, ...(BROKEN !== "instance" && { instance: INSTANCE_ID }) },
    };
  }
  if (path === "/healthz") {
    if (BROKEN === "health") return { status: 404 };
    if (isDraining && BROKEN !== "stop-health") return { status: 503 };
    return { status: BROKEN !== "health-is-shallow" || (await ready()) ? 200 : 503 };
  }
  if (path === "/readyz") return { status: (await ready()) || BROKEN === "readiness" ? 200 : 503 };
  if (TIER === "web") return callApp(method, path, body || undefined);
  if (method === "POST") {
    const [line] = await query("insert into lines (text) values ($1) returning id", [body]);
    return { status: 201, body: line };
  }
  const [line] = await query("select id, text from lines where id = $1", [path.replace("/lines/", "")]);
  return { status: line === undefined ? 404 : 200, body: line };
}

const server = http.createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const reply = await answer(request.method, request.url, body).catch(() => ({ status: 500 }));
  response.writeHead(reply.status, {
    ...(BROKEN !== "answers" && { "x-changeover-color": COLOR, "x-changeover-version": VERSION }),
    ...(isDraining && BROKEN !== "stop-connection-close" && { connection: "close" }),
    ...(isDraining && BROKEN === "stop-connection-close" && { connection: "keep-alive" }),
  });
  response.end(typeof reply.body === "object" ? JSON.stringify(reply.body) : reply.body);
});

server.keepAliveTimeout = BROKEN === "keep-alive" ? 5_000 : (Number(IDLE_SECONDS) + 15) * 1000;
process.on("SIGTERM", () => {
  if (BROKEN === "stop-open-requests") process.exit(0);
  isDraining = true;
  const end = () => {
    server.closeAllConnections();
    process.exit(BROKEN === "stop-exit" ? 1 : 0);
  };
  if (BROKEN === "stop-health") setTimeout(end, 2_000);
  else server.close(end);
});

async function start() {
  if (BROKEN === "start-without-database" && TIER === "app") await query("select 1");
  const port = BROKEN === "start" ? 0 : Number(process.env.PORT ?? 8080);
  server.listen(port, process.env.HOST ?? "0.0.0.0");
}

start().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
