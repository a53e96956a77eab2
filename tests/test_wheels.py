"""Both addons are built as wheels, with all that an Odoo needs of them."""

import shutil
import subprocess
import zipfile

import pytest

from ground import paths

IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


@pytest.mark.parametrize("addon", paths.addons(), ids=lambda addon: addon.name)
def test_wheel(addon, tmp_path):
    source = tmp_path / addon.name
    shutil.copytree(addon, source, ignore=IGNORED)
    subprocess.run(
        [paths.VENV_PYTHON, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
        + ["--quiet", "--wheel-dir", tmp_path, source],
        check=True,
        timeout=300,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        [metadata] = [name for name in names if name.endswith("/METADATA")]
        text = content.read(metadata).decode()
    files = {
        f"odoo/addons/{addon.name}/{file.relative_to(source)}"
        for file in source.rglob("*")
        if file.is_file() and file.name != "pyproject.toml"
    }
    assert not files - names
    manifest = paths.manifest(addon)
    assert f"Version: {manifest['version']}" in text
    assert f"# {manifest['name']}" in text, "its README is not in it"
    ours = {other.name for other in paths.addons()}
    for needed in ours.intersection(manifest["depends"]):
        assert f"Requires-Dist: odoo-addon-{needed}" in text
