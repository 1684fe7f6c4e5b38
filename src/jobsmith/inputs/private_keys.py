"""Private keys for SSH, as people paste them."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

MAX_CHARS = 16_384
_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"
_NONE = "This is no private key. Paste the whole file, from its BEGIN line to its END line."
_LOCKED = "This key has a passphrase. Give one without: it is kept sealed here."


def tidy_key(text: str) -> str:
    """The key with plain line ends, and nothing around it; "" when there is none."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    return f"{lines}\n" if lines else ""


def refusal_of_key(text: str) -> str:
    """Why that (tidied) is no private key that we can log in with; "" when it is, or empty."""
    if not text:
        return ""
    if len(text) > MAX_CHARS or not text.isascii():
        return _NONE
    load = load_ssh_private_key if text.startswith(_OPENSSH) else load_pem_private_key
    try:
        key = load(text.encode(), password=None)
    except TypeError:
        return _LOCKED
    except (ValueError, UnsupportedAlgorithm) as error:
        return _LOCKED if "password" in str(error) or "bcrypt" in str(error) else _NONE
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        return "Use a key of the kind Ed25519, ECDSA or RSA."
    return ""
