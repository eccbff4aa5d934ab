#!/usr/bin/env node
require("../build/start/register");
require("./main.ts");
