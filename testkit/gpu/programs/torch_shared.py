"""A tensor on the GPU handed to another process: CUDA IPC through torch.multiprocessing."""

from shown import told, torch_ready

torch = torch_ready()
import torch.multiprocessing as processes  # noqa: E402


def add_one(queue, done):
    tensor = queue.get()
    tensor += 1
    torch.cuda.synchronize()
    done.set()
    del tensor


def main():
    context = processes.get_context("spawn")
    queue, done = context.Queue(), context.Event()
    child = context.Process(target=add_one, args=(queue, done))
    child.start()
    tensor = torch.zeros(100, device="cuda")

    def share():
        tensor.share_memory_()
        tensor.untyped_storage()._share_cuda_()  # refused here, not in the queue's own thread
        queue.put(tensor)
        return done.wait(30) and tensor.sum().item()

    told("sum after the other process added one", share)
    if not done.is_set():
        child.terminate()
    child.join(30)


if __name__ == "__main__":
    main()
