# What a contained function tries (security row 123), in Python; the same in probes.mjs and Galley.Tests.Handlers/Probes.cs.
import os, sys, ctypes, errno, glob, socket, json, subprocess, urllib.request
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(number, *arguments):
    done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    return None if done < 0 else done
def read(path):
    with open(path, "rb") as f: return f.read(100) or None
def write(path):
    with open(path, "wb") as f: f.write(b"x")
    return path
def opens(path, mode):
    try: os.close(os.open(path, mode)); return path
    except OSError: return None
def reach(host, port, data=None, family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(3)
    s.connect((host, port))
    if data is None: return "connected"
    s.sendall(data); return s.recv(100) or None
def udp(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
    s.sendto(b"x", (host, port)); return "sent"
def fetch(url, **headers):
    try: return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=3).read(100)
    except urllib.error.HTTPError as e: return None if e.code in (401, 403, 404) else e.code
def others(file):
    found = []
    for path in glob.glob("/proc/[0-9]*/" + file):
        try:
            text = open(path, "rb").read()
            if b"Galley.Tests" in text or b"FUNCTION_NAME=other" in text: found.append(path)
        except OSError: pass
    return found
def probes(e):
    g, o = "/proc/%d" % e["galley"], "/proc/%d" % e["other"]
    return {
        "list the data folder": lambda: os.listdir(e["data"]),
        "read the master key": lambda: read(e["key"]),
        "list the scratch folder": lambda: [n for n in os.listdir(e["scratch"]) if n not in ("runtime", "pycache")],
        "other functions' code": lambda: os.listdir(e["scratch"] + "/code"),
        "other functions' temporary files": lambda: os.listdir(e["scratch"] + "/tmp"),
        "other functions' environment": lambda: others("environ"),
        "Galley's environment": lambda: read(g + "/environ"),
        "Galley's memory": lambda: open(g + "/mem", "rb"),
        "Galley's files": lambda: os.listdir(g + "/root/etc"),
        "another function's process": lambda: read(o + "/environ"),
        "processes that are not its own": lambda: others("cmdline"),
        "a signal to Galley": lambda: os.kill(e["galley"], 0) is None,
        "a signal to another function": lambda: os.kill(e["other"], 0) is None,
        "signals to all": lambda: os.killpg(e["other"], 0) is None,
        "ptrace of Galley": lambda: libc.ptrace(16, e["galley"], 0, 0) == 0 or None,
        "ptrace of its parent": lambda: libc.ptrace(16, 1, 0, 0) == 0 or None,
        "ptrace of itself": lambda: libc.ptrace(0, 0, 0, 0) == 0 or None,
        "memory of other processes": lambda: call(310, e["galley"], 0, 0, 0, 0, 0),
        "files of other processes": lambda: call(438, call(434, 1, 0) or 0, 0, 0),
        "the session's keyring": lambda: call(250, 0, -3, 0),
        "a new key": lambda: call(248, b"user", b"galley", b"x", 1, -4),
        "a new user namespace": lambda: libc.unshare(0x10000000) == 0 or None,
        "a new mount namespace": lambda: libc.unshare(0x00020000) == 0 or None,
        "clone into a new user namespace": lambda: subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode == 0 or None,
        "another namespace": lambda: libc.setns(os.open("/proc/1/ns/net", os.O_RDONLY), 0) == 0 or None,
        "a mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or None,
        "a remount of its code": lambda: libc.mount(b"none", b"/var/task", None, 0x1020, None) == 0 or None,
        "an unmount": lambda: libc.umount2(b"/var/task", 2) == 0 or None,
        "chroot": lambda: os.chroot("/tmp") is None,
        "pivot_root": lambda: call(155, b"/tmp", b"/tmp"),
        "a device": lambda: os.mknod("/tmp/d", 0o60600, os.makedev(8, 0)) is None,
        "the disk": lambda: [d for d in glob.glob("/dev/[svn][dv]*") + glob.glob("/dev/mem") + glob.glob("/dev/kmsg") + glob.glob("/dev/fuse")],
        "its own code, to write": lambda: write("/var/task/x"),
        "the system, to write": lambda: write("/usr/x"),
        "the root, to write": lambda: write("/x"),
        "/etc, to write": lambda: write("/etc/x"),
        "the runtime, to write": lambda: write(os.environ["LAMBDA_RUNTIME_DIR"] + "/bootstrap.py"),
        "kernel settings": lambda: opens("/proc/sys/kernel/core_pattern", os.O_WRONLY) or opens("/proc/sys/vm/overcommit_memory", os.O_WRONLY) or opens("/proc/sys/kernel/hostname", os.O_WRONLY),
        "system requests": lambda: (lambda f: f.write(b"") and None)(open("/proc/sysrq-trigger", "wb", 0)) if os.stat("/proc/sysrq-trigger").st_rdev != os.stat("/dev/null").st_rdev else None,
        "kernel memory": lambda: read("/proc/kcore"),
        "cgroups": lambda: os.listdir("/sys/fs/cgroup"),
        "passwords": lambda: read("/etc/shadow"),
        "the user's home": lambda: [n for h in ("/root", "/home") if os.path.isdir(h) for n in os.listdir(h) if n != ".pyenv"],
        "the repository": lambda: os.listdir(e["repository"]),
        "Docker's socket": lambda: os.path.exists("/var/run/docker.sock") or os.path.exists("/run/docker.sock") or None,
        "D-Bus": lambda: os.path.exists("/run/dbus") or os.path.exists("/run/user") or None,
        "an abstract socket of the machine": lambda: (lambda s: s.connect("\0" + e["abstract"]) or "connected")(socket.socket(socket.AF_UNIX)),
        "another function's Runtime API": lambda: reach("127.0.0.1", e["runtime"]),
        "a server on the machine's loopback": lambda: reach("127.0.0.1", e["listener"]),
        "the same by IPv6": lambda: reach("::1", e["listener"], family=socket.AF_INET6),
        "a server on the machine's own address": lambda: reach(e["address"], e["listener"]),
        "the local network": lambda: reach("192.168.1.1", 80),
        "the metadata address": lambda: reach("169.254.169.254", 80),
        "the internet": lambda: reach("1.1.1.1", 443),
        "a datagram": lambda: udp("1.1.1.1", 53),
        "names of the internet": lambda: socket.gethostbyname("example.com"),
        "the internet by the proxy": lambda: None if b" 403 " in (reach("127.0.0.1", e["proxy"], b"CONNECT example.com:443 HTTP/1.1\r\n\r\n") or b" 403 ") else "tunnel",
        "the machine by the proxy": lambda: None if b" 403 " in (reach("127.0.0.1", e["proxy"], b"CONNECT x.localhost:%d HTTP/1.1\r\n\r\n" % e["listener"]) or b" 403 ") else "tunnel",
        "a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
        "a packet socket": lambda: socket.socket(17, socket.SOCK_RAW, 3),
        "an interface": lambda: [i for _, i in socket.if_nameindex() if i != "lo"],
        "Galley's inbox": lambda: fetch("http://127.0.0.1:%d/_galley/inbox/messages" % e["port"]),
        "Galley's inbox by its name": lambda: fetch("http://127.0.0.1:%d/" % e["port"], Host="inbox.galley.localhost"),
        "Galley's reset": lambda: fetch("http://127.0.0.1:%d/_galley/reset" % e["port"]),
        "an AWS call without a signature": lambda: fetch("http://127.0.0.1:%d/2015-03-31/functions/" % e["port"]),
        "bpf": lambda: call(321, 0, ctypes.c_char_p(bytes(128)), 128),
        "perf_event_open": lambda: call(298, ctypes.c_char_p(bytes(128)), 0, -1, -1, 0),
        "userfaultfd": lambda: call(323, 0),
        "io_uring": lambda: call(425, 1, ctypes.create_string_buffer(256)),
        "kernel messages": lambda: call(103, 10, 0, 0),
        "a kernel module": lambda: call(313, 0, b"", 0),
        "the clock": lambda: call(227, 0, ctypes.create_string_buffer(bytes(16))),
        "a keystroke for the terminal": lambda: __import__("fcntl").ioctl(0, 0x5412, b"x"),
        "another user": lambda: os.setuid(12345) is None,
        "more files than allowed": lambda: __import__("resource").setrlimit(7, (1 << 20, 1 << 20)) is None,
        "the machine's host name": lambda: socket.sethostname("x") is None,
        "shared memory of others": lambda: open("/proc/sysvipc/shm").read().count("\n") > 1 or None,
    }
def works(e):
    import boto3
    return {
        "its own code": lambda: sorted(os.listdir("/var/task")),
        "a temporary file": lambda: write("/tmp/x"),
        "shared memory": lambda: write("/dev/shm/x"),
        "its role": lambda: boto3.client("sts").get_caller_identity()["Arn"].split("/")[1],
        "Galley's health": lambda: fetch("http://127.0.0.1:%d/_galley/health" % e["port"]).decode(),
        "an AWS name over TLS": lambda: __import__("http.client").client.HTTPSConnection("sts.eu-west-2.amazonaws.com", context=__import__("ssl").create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])).request("GET", "/") or "connected",
        "a process": lambda: subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout.strip(),
        "processes that it sees": lambda: len([p for p in os.listdir("/proc") if p.isdigit()]) <= 4,
    }
def lambda_handler(event, context):
    found = {}
    for name, run in (probes if event["table"] == "probes" else works)(event).items():
        try: answer = run()
        except Exception as e: answer = None if event["table"] == "probes" else repr(e)
        found[name] = "refused" if answer is None or answer == [] or answer is False else str(answer)[:200]
    return found
