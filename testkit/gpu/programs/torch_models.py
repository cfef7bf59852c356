"""Models of torchvision and transformers, small ones: a step of training, text generation, detection's own kernels."""

from shown import about, exact, torch_ready

torch = torch_ready()
import torchvision  # noqa: E402
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel  # noqa: E402

images = torch.randn(4, 3, 96, 96, device="cuda")
resnet = torchvision.models.resnet18(weights=None).to("cuda")
loss = torch.nn.functional.cross_entropy(resnet(images), torch.arange(4, device="cuda"))
loss.backward()
about("ResNet-18, loss and gradient", loss.item(), resnet.conv1.weight.grad.norm().item())
boxes = torch.rand(200, 4, device="cuda") * 50
boxes[:, 2:] += boxes[:, :2]
exact("non-maximum suppression", torchvision.ops.nms(boxes, torch.rand(200, device="cuda"), 0.4))
about("region of interest alignment", torchvision.ops.roi_align(images, [boxes[:5]] + [boxes[:1]] * 3, (7, 7)))
small = {"n_layer": 2, "n_head": 4, "n_embd": 128, "vocab_size": 1000, "bos_token_id": 0, "eos_token_id": 0}
for kind in (torch.float32, torch.float16):
    gpt = GPT2LMHeadModel(GPT2Config(**small)).to("cuda", kind).eval()
    prompt = torch.randint(1, 1000, (1, 16), device="cuda")
    with torch.no_grad():
        tokens = gpt.generate(prompt, max_new_tokens=16, min_new_tokens=16, do_sample=False, pad_token_id=0)
    print(f"tokens of GPT-2, {kind}:", tokens[0].tolist(), flush=True)
bert = BertModel(BertConfig(num_hidden_layers=2, hidden_size=128, num_attention_heads=4, intermediate_size=256)).to("cuda").half().eval()
about("BERT in half precision", bert(torch.randint(0, 30000, (2, 32), device="cuda")).last_hidden_state)
