# The bombs of the fault tests, in Python; the same in bombs.mjs and Galley.Tests.Handlers/Bombs.cs.
import os, errno, subprocess, sys, threading, time

def memory(event):
    kept = []
    try:
        while True: kept.append(bytearray(16 << 20))
    except MemoryError:
        kept.clear()
        return "refused"

def files(event):
    kept = []
    try:
        while True: kept.append(open("/dev/null"))
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        for f in kept: f.close()

def disk(event):
    parts = int(event["parts"])
    paths = [os.path.join(os.environ["TMPDIR"], "big%d" % n) for n in range(parts)]
    try:
        for path in paths:
            with open(path, "wb") as f:
                for _ in range(600 // parts): f.write(bytes(1 << 20))
        return "written"
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        for path in paths:
            if os.path.exists(path): os.remove(path)

def threads(event):
    stop = threading.Event()
    try:
        for _ in range(3000): threading.Thread(target=stop.wait, daemon=True).start()
        return "started"
    except RuntimeError:
        return "refused"
    finally:
        stop.set()

def output(event):
    for _ in range(100): print("x" * ((1 << 20) - 1))
    return "written"

def result(event):
    return "x" * 6_291_555

def forks(event):
    for _ in range(200):
        if os.fork() == 0: time.sleep(600); os._exit(0)
    time.sleep(600)

def daemon(event):
    for _ in range(5): subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return "left"

def lambda_handler(event, context):
    return globals()[event["bomb"]](event) if event else "fine"
