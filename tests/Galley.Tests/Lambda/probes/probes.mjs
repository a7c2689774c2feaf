// What a contained function tries (security row 123), in JavaScript; the same in probes.py and Galley.Tests.Handlers/Probes.cs.
import fs from "node:fs"; import net from "node:net"; import http from "node:http"; import https from "node:https"; import dns from "node:dns/promises"; import dgram from "node:dgram"; import os from "node:os";
import { spawnSync } from "node:child_process";

// Node has no system calls of its own, but whatever program it finds: `text`, zeros(n) and numbers are the arguments.
const zeros = (count) => ({ count });
const perl = (code, ...given) => {
  const { status, signal, stderr } = spawnSync("/usr/bin/perl", ["-e", code, ...given], { encoding: "utf8" });
  if (status === 0) return "done";
  return status === 7 ? null : `perl: ${status} ${signal} ${stderr}`;
};
const call = (...given) => perl('my @a=map{/^s:(.*)/s?"$1\\0":/^z:(\\d+)/?"\\0"x$1:$_+0}@ARGV;exit(syscall(shift @a,@a)==-1?7:0)', ...given.map((one) => (typeof one === "string" ? `s:${one}` : one.count ? `z:${one.count}` : String(one))));
const socket = (...given) => perl("socket(my $s,shift,shift,shift)||exit 7", ...given.map(String));
const read = (path) => fs.readFileSync(path).length || null;
const write = (path) => { fs.writeFileSync(path, "x"); return path; };
const opens = (path) => { try { fs.closeSync(fs.openSync(path, "r+")); return path; } catch { return null; } };
const list = (path) => fs.readdirSync(path);
const signal = (id) => process.kill(id, 0);
const reach = (host, port, data) => new Promise((done, fail) => {
  const to = net.connect(host === null ? { path: port } : { host, port, timeout: 3000 });
  to.on("connect", () => (data ? to.write(data) : (to.destroy(), done("connected")))).on("data", (answer) => (to.destroy(), done(String(answer)))).on("end", () => done(null)).on("error", fail).on("timeout", () => (to.destroy(), done(null)));
});
const udp = (host, port) => new Promise((done, fail) => {
  const to = dgram.createSocket("udp4");
  to.on("error", fail).send("x", port, host, (e) => { to.close(); e ? fail(e) : done("sent"); });
});
const get = (lib, options) => new Promise((done, fail) => lib.get(options, (answer) => { answer.resume(); done(answer.statusCode); }).on("error", fail));
const fetched = async (port, path, host) => { const status = await get(http, { host: "127.0.0.1", port, path, headers: host ? { host } : {} }); return [401, 403, 404].includes(status) ? null : status; };
const tunnel = async (port, to) => { const answer = (await reach("127.0.0.1", port, `CONNECT ${to} HTTP/1.1\r\n\r\n`)) ?? " 403 "; return answer.includes(" 403 ") ? null : answer; };
const others = (file) => list("/proc").filter((id) => /^\d+$/.test(id)).map((id) => `/proc/${id}/${file}`).filter((path) => { try { return /Galley\.Tests|FUNCTION_NAME=other/.test(fs.readFileSync(path, "latin1")); } catch { return false; } });

const probes = (e) => {
  const [g, o] = [`/proc/${e.galley}`, `/proc/${e.other}`];
  return {
    "list the data folder": () => list(e.data),
    "read the master key": () => read(e.key),
    "list the scratch folder": () => list(e.scratch).filter((name) => !["runtime", "pycache"].includes(name)),
    "other functions' code": () => list(e.scratch + "/code"),
    "other functions' temporary files": () => list(e.scratch + "/tmp"),
    "other functions' environment": () => others("environ"),
    "Galley's environment": () => read(g + "/environ"),
    "Galley's memory": () => fs.openSync(g + "/mem"),
    "Galley's files": () => list(g + "/root/etc"),
    "another function's process": () => read(o + "/environ"),
    "processes that are not its own": () => others("cmdline"),
    "a signal to Galley": () => signal(e.galley),
    "a signal to another function": () => signal(e.other),
    "signals to all": () => signal(-e.other),
    "ptrace of Galley": () => call(101, 16, e.galley, 0, 0),
    "ptrace of its parent": () => call(101, 16, 1, 0, 0),
    "ptrace of itself": () => call(101, 0, 0, 0, 0),
    "memory of other processes": () => call(310, e.galley, 0, 0, 0, 0, 0),
    "files of other processes": () => call(438, 3, 0, 0),
    "the session's keyring": () => call(250, 0, -3, 0),
    "a new key": () => call(248, "user", "galley", "x", 1, -4),
    "a new user namespace": () => call(272, 0x10000000),
    "a new mount namespace": () => call(272, 0x00020000),
    "clone into a new user namespace": () => spawnSync("unshare", ["-U", "true"]).status === 0 || null,
    "another namespace": () => perl('open(my $n,"<","/proc/1/ns/net")||exit 7;exit(syscall(308,fileno($n),0)==-1?7:0)'),
    "a mount": () => call(165, "none", "/tmp", "tmpfs", 0, 0),
    "a remount of its code": () => call(165, "none", "/var/task", 0, 0x1020, 0),
    "an unmount": () => call(166, "/var/task", 2),
    "chroot": () => call(161, "/tmp"),
    "pivot_root": () => call(155, "/tmp", "/tmp"),
    "a device": () => call(133, "/tmp/d", 0o60600, 0x800),
    "the disk": () => list("/dev").filter((name) => /^([svn][dv]|mem$|kmsg$|fuse$)/.test(name)),
    "its own code, to write": () => write("/var/task/x"),
    "the system, to write": () => write("/usr/x"),
    "the root, to write": () => write("/x"),
    "/etc, to write": () => write("/etc/x"),
    "the runtime, to write": () => write(process.env.LAMBDA_RUNTIME_DIR + "/bootstrap.py"),
    "kernel settings": () => opens("/proc/sys/kernel/core_pattern") ?? opens("/proc/sys/vm/overcommit_memory") ?? opens("/proc/sys/kernel/hostname"),
    "system requests": () => fs.statSync("/proc/sysrq-trigger").rdev !== fs.statSync("/dev/null").rdev && opens("/proc/sysrq-trigger"),
    "kernel memory": () => read("/proc/kcore"),
    "cgroups": () => list("/sys/fs/cgroup"),
    "passwords": () => read("/etc/shadow"),
    "the user's home": () => ["/root", "/home"].filter((home) => fs.existsSync(home)).flatMap(list).filter((name) => name !== ".pyenv"),
    "the repository": () => list(e.repository),
    "Docker's socket": () => fs.existsSync("/var/run/docker.sock") || fs.existsSync("/run/docker.sock"),
    "D-Bus": () => fs.existsSync("/run/dbus") || fs.existsSync("/run/user"),
    "an abstract socket of the machine": () => reach(null, "\0" + e.abstract),
    "another function's Runtime API": () => reach("127.0.0.1", e.runtime),
    "a server on the machine's loopback": () => reach("127.0.0.1", e.listener),
    "the same by IPv6": () => reach("::1", e.listener),
    "a server on the machine's own address": () => reach(e.address, e.listener),
    "the local network": () => reach("192.168.1.1", 80),
    "the metadata address": () => reach("169.254.169.254", 80),
    "the internet": () => reach("1.1.1.1", 443),
    "a datagram": () => udp("1.1.1.1", 53),
    "names of the internet": () => dns.lookup("example.com"),
    "the internet by the proxy": () => tunnel(e.proxy, "example.com:443"),
    "the machine by the proxy": () => tunnel(e.proxy, `x.localhost:${e.listener}`),
    "a raw socket": () => socket(2, 3, 1),
    "a packet socket": () => socket(17, 3, 3),
    "an interface": () => Object.keys(os.networkInterfaces()).filter((name) => name !== "lo"),
    "Galley's inbox": () => fetched(e.port, "/_galley/inbox/messages"),
    "Galley's inbox by its name": () => fetched(e.port, "/", "inbox.galley.localhost"),
    "Galley's reset": () => fetched(e.port, "/_galley/reset"),
    "an AWS call without a signature": () => fetched(e.port, "/2015-03-31/functions/"),
    "bpf": () => call(321, 0, zeros(128), 128),
    "perf_event_open": () => call(298, zeros(128), 0, -1, -1, 0),
    "userfaultfd": () => call(323, 0),
    "io_uring": () => call(425, 1, zeros(256)),
    "kernel messages": () => call(103, 10, 0, 0),
    "a kernel module": () => call(313, 0, "", 0),
    "the clock": () => call(227, 0, zeros(16)),
    "a keystroke for the terminal": () => call(16, 0, 0x5412, "x"),
    "another user": () => (process.setuid(12345), "done"),
    "more files than allowed": () => perl('my $l=pack("QQ",1<<20,1<<20);exit(syscall(160,7,$l)==-1?7:0)'),
    "the machine's host name": () => call(170, "x", 1),
    "shared memory of others": () => fs.readFileSync("/proc/sysvipc/shm", "utf8").trim().split("\n").length > 1,
  };
};

// That each way of trying would see what is there.
const works = (e) => ({
  "a system call": () => call(39),
  "a socket": () => socket(2, 1, 0),
  "a file": () => read("/var/task/index.mjs"),
  "a folder": () => list("/var/task"),
  "a file to write": () => write("/tmp/x"),
  "a signal": () => signal(process.pid),
  "a server": () => reach("127.0.0.1", e.port),
  "a page": () => fetched(e.port, "/_galley/health"),
  "an AWS name over TLS": () => get(https, { host: "lambda.eu-west-2.amazonaws.com", path: "/2015-03-31/functions/" }),
});

export const handler = async (event) => {
  const found = {};
  for (const [name, run] of Object.entries((event.table === "probes" ? probes : works)(event))) {
    let answer;
    try { answer = await run(); } catch (e) { answer = event.table === "probes" ? null : String(e); }
    found[name] = answer === null || answer === false || answer === undefined || (Array.isArray(answer) && answer.length === 0) ? "refused" : String(answer).slice(0, 200);
  }
  return found;
};
