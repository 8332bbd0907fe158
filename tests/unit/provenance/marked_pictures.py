"""Pictures with metadata, made for tests: EXIF, XMP, IPTC-IIM and signed C2PA manifests."""

import io
import struct
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
        "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
        "cc": "http://creativecommons.org/ns#",
        "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
        "tdm": "http://www.w3.org/ns/tdmrep/",
    }.items()
)
PLUS = "http://ns.useplus.org/ldf/vocab/"


def picture(seed=0, size=(320, 240)):
    """A picture with enough in it to be found again: shapes over a coarse pattern."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = int(rng.integers(0, size[0])), int(rng.integers(0, size[1]))
        reach = int(rng.integers(8, 50))
        draw.ellipse((x, y, x + reach, y + reach // 2 + 4), fill=tuple(int(one) for one in rng.integers(0, 256, 3)))
    return image


def saved(image=None, form="JPEG", **options):
    buffer = io.BytesIO()
    (image or picture()).save(buffer, form, **options)
    return buffer.getvalue()


def exif(**tags):
    """EXIF of the named tags; texts in UTF-8, as cameras write them."""
    made = Image.Exif()
    for name, value in tags.items():
        made[ExifTags.Base[name]] = value if isinstance(value, bytes) else value.encode()
    return made


def xmp(inside="", **attributes):
    """A packet with properties as attributes (prefix__name) or as elements."""
    given = " ".join(f'{name.replace("__", ":")}="{value}"' for name, value in attributes.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF {NAMESPACES}><rdf:Description rdf:about="" {given}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def with_packet(form, packet):
    """A picture of any form with an XMP packet in its usual place."""
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        return saved(form="PNG", pnginfo=text)
    if form == "TIFF":
        return saved(form="TIFF", tiffinfo={700: packet})
    if form == "GIF":
        made = saved(picture().quantize(16), "GIF")
        return made[:-1] + b"!\xff\x0bXMP DataXMP" + packet + b"\x01" + bytes(range(255, -1, -1)) + b"\0" + made[-1:]
    return saved(form=form, xmp=packet)


def iptc(*datasets, charset=True):
    """A JPEG with IPTC-IIM in a Photoshop block of an APP13 segment."""
    fields = [(1, 90, b"\x1b%G")] if charset else []
    fields += [(2, number, value) for number, value in datasets]
    block = b"".join(struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in fields)
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    return with_segment(b"\xff\xed", b"Photoshop 3.0\0" + resource)


def with_segment(marker, content, made=None):
    """A JPEG with one more segment behind its first."""
    made = made or saved()
    first = 2 + 2 + struct.unpack(">H", made[4:6])[0]
    return made[:first] + marker + struct.pack(">H", len(content) + 2) + content + made[first:]


@cache
def _signing():
    """A certificate for signing manifests and its key, made for these tests and trusted by nobody."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Studio"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
             for name in ("authority", "signer")]  # fmt: skip
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    made = []
    for number, (key, name) in enumerate(zip(keys, names, strict=True)):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(names[0]).public_key(key.public_key()).serial_number(number + 1)
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        signs = x509.KeyUsage(digital_signature=number == 1, key_cert_sign=number == 0, crl_sign=number == 0, **usage)
        builder = builder.add_extension(signs, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
        if number:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()))
    private = keys[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in reversed(made)), private


def signed(*assertions, source=None, form="JPEG", remote=None):
    """A picture with a manifest of these assertions (label, data), or with the address of one that is elsewhere."""
    import c2pa

    chain, key = _signing()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None))
    written = [{"label": label, "data": data, "kind": "Json" if "@context" in data else "Cbor"} for label, data in assertions]
    made = {"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}
    written.append({"label": "c2pa.actions.v2", "data": {"actions": [made]}})
    settings = {"verify": {"verify_after_sign": False, "verify_trust": False}, "builder": {"thumbnail": {"enabled": False}}}
    into = io.BytesIO()
    with c2pa.Context.from_dict(settings) as context:
        builder = c2pa.Builder({"claim_generator_info": [{"name": "test"}], "title": "A picture", "assertions": written}, context=context)
        if remote:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        builder.sign(signer, f"image/{form.lower()}", io.BytesIO(source or saved(form=form)), into)
    return into.getvalue()


def entries(prefix="cawg", **uses):
    """A training and data mining assertion."""
    return f"{prefix}.training-mining", {"entries": {f"{prefix}.{name}": {"use": use} for name, use in uses.items()}}
