"""A DataLoader with worker processes, made by fork and by spawn, whose pinned batches go to the GPU."""

from shown import exact, torch_ready

torch = torch_ready()


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 256

    def __getitem__(self, index):
        return torch.arange(64) * index, index


def main():
    for method in ("fork", "spawn"):
        torch.ones(1, device="cuda")  # the parent uses CUDA before its workers start
        loader = torch.utils.data.DataLoader(Numbers(), batch_size=32, num_workers=2, pin_memory=True, multiprocessing_context=method)
        total = torch.zeros(64, device="cuda", dtype=torch.int64)
        for numbers, indices in loader:
            numbers, indices = numbers.to("cuda", non_blocking=True), indices.to("cuda", non_blocking=True)
            total += (numbers * (indices[:, None] + 1)).sum(0)
        exact(f"sum over batches of workers made by {method}", total)


if __name__ == "__main__":
    main()
