// The bombs of the fault tests, in JavaScript; the same in bombs.py and Galley.Tests.Handlers/Bombs.cs.
import fs from "node:fs"; import path from "node:path";
import { spawn } from "node:child_process";
import { Worker } from "node:worker_threads";

const kept = [];
const bombs = {
  fine: () => "fine",
  memory() { for (;;) kept.push(new Array(1 << 20).fill(kept.length + 0.5)); },
  files() {
    const open = [];
    try { for (;;) open.push(fs.openSync("/dev/null")); } catch (e) { return e.code; } finally { for (const file of open) fs.closeSync(file); }
  },
  disk({ parts }) {
    const paths = Array.from({ length: Number(parts) }, (_, part) => path.join(process.env.TMPDIR, `big${part}`));
    const megabyte = Buffer.alloc(1 << 20);
    try {
      for (const one of paths) {
        const file = fs.openSync(one, "w");
        try { for (let i = 0; i < 600 / paths.length; i++) fs.writeSync(file, megabyte); } finally { fs.closeSync(file); }
      }
      return "written";
    } catch (e) { return e.code; } finally { for (const one of paths) fs.rmSync(one, { force: true }); }
  },
  // A worker that cannot be made either says so or takes the process with it.
  threads: () => new Promise((done) => {
    const refused = () => done("refused");
    const more = () => { try { new Worker("setInterval(() => {}, 1e9)", { eval: true }).on("error", refused).on("online", more); } catch { refused(); } };
    more();
  }),
  output() {
    const line = Buffer.alloc(1 << 20, "x".repeat(79) + "\n");
    for (let i = 0; i < 100; i++) for (let at = 0; at < line.length;) at += fs.writeSync(1, line, at);
    return "written";
  },
  result: () => "x".repeat(6_291_555),
  forks() {
    for (let i = 0; i < 200; i++) spawn("sleep", ["600"], { stdio: "ignore" });
    return new Promise(() => {});
  },
  daemon() {
    for (let i = 0; i < 5; i++) spawn("sleep", ["600"], { stdio: "ignore", detached: true }).unref();
    return "left";
  },
};

export const handler = async (event) => bombs[event.bomb ?? "fine"](event);
