#!/usr/bin/env node
require("../build/start/code-cache").cacheCode("command");
require("../build/start/register");
require("./main.ts");
