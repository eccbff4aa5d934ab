const { createHash } = require("node:crypto");
const { createServer } = require("node:http");

const { COLOR, VERSION, INSTANCE_ID, PORT, HOST } = process.env;
const names = { "x-changeover-color": COLOR, "x-changeover-version": VERSION };
let isDraining = false;

const server = createServer((request, response) => {
  const hash = createHash("sha256");
  request.on("data", (piece) => hash.update(piece));
  request.on("end", () => {
    const answer = (status, content) => {
      const closing = isDraining ? { connection: "close" } : {};
      response.writeHead(status, { ...names, ...closing }).end(JSON.stringify(content));
    };
    if (request.url === "/healthz") return answer(isDraining ? 503 : 200);
    if (request.url === "/version")
      return answer(200, { color: COLOR, version: VERSION, instance: INSTANCE_ID });
    if (request.method === "PUT") return answer(201, { sha256: hash.digest("hex") });
    answer(200, { tickets: 3 });
  });
});
server.keepAliveTimeout = 75_000;
server.listen(Number(PORT), HOST);

process.once("SIGTERM", () => {
  isDraining = true;
  server.close(() => process.exit(0));
});
