"""Several streams and host threads that share tensors through events; pinned memory; timing; reading while others work."""

import threading

from shown import exact, told, torch_ready

torch = torch_ready()
streams = [torch.cuda.Stream(priority=-(number % 2)) for number in range(4)]
x = torch.arange(1 << 16, device="cuda", dtype=torch.int64)
event = torch.cuda.Event()
event.record()
for number in range(64):
    with torch.cuda.stream(streams[number % 4]):
        event.wait()
        x.mul_(3).add_(number)
        event = torch.cuda.Event()
        event.record()
event.synchronize()
exact("64 steps handed around four streams", x)

pinned = torch.empty(1 << 20, dtype=torch.float32, pin_memory=True)
source = torch.randn(1 << 20, device="cuda")
for number in range(20):
    with torch.cuda.stream(streams[number % 4]):
        pinned.copy_(source * number, non_blocking=True)
        done = torch.cuda.Event()
        done.record()
    while not done.query():
        pass
exact("the last of 20 copies to pinned memory, found by polling", pinned)


def work(number, out):
    with torch.cuda.stream(torch.cuda.Stream()):
        y = torch.full((1000,), number, device="cuda", dtype=torch.int64)
        for step in range(200):
            y = y * 5 + step
            if step % 50 == 0:
                y[0].item()
        out[number] = y.cpu()


found = {}
threads = [threading.Thread(target=work, args=(number, found)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
exact("eight threads", torch.stack([found[number] for number in range(8)]))
start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
start.record()
torch.cuda._sleep(10_000_000)
end.record()
told("a stream that is busy is not ready", lambda: not torch.cuda.current_stream().query())
end.synchronize()
told("a sleep of 10,000,000 cycles takes between 2 and 50 ms", lambda: 2 < start.elapsed_time(end) < 50)
