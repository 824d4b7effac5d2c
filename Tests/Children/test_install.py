"""`chatd child install`: good children of every kind go in, whatever is wrong changes nothing."""

import bz2
import gzip
import io
import lzma
import os
import shutil
import signal
import stat
import subprocess
import tarfile
import tempfile
import unittest
import zipfile
import zlib

from drive import Chatd
from rules import ROOT
from test_new import PROGRAMS, chatd

EXAMPLES = os.path.join(ROOT, "children")


def tar_of(*members, mode="w"):
    """A tar of (TarInfo, bytes) pairs."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def member(path, content=b"", **attributes):
    """A file of a tar; attributes are those of TarInfo."""
    info = tarfile.TarInfo(path)
    for name, value in attributes.items():
        setattr(info, name, value)
    return info, content


def zip_of(*members):
    """A zip of (path, bytes, mode) triples."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content, mode in members:
            info = zipfile.ZipInfo(path)
            info.create_system, info.external_attr = 3, mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def zstd(content):
    """A frame of Zstandard (RFC 8878) with the content as it is, in blocks of 64 KiB."""
    blocks = [content[at:at + 65536] for at in range(0, len(content), 65536)]
    last = len(blocks) - 1
    return b"\x28\xb5\x2f\xfd\x00\x38" + b"".join(
        ((number == last) | len(block) << 3).to_bytes(3, "little") + block
        for number, block in enumerate(blocks))


PACKERS = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": zstd}
MANIFEST = b'name = "One"\ncommand = ["python3", "main.py"]\nautostart = true\n'
GOOD = member("one/manifest.toml", MANIFEST)


class InstallCase(unittest.TestCase):
    """A folder with what is to be installed, and the user's configuration beside it."""

    def setUp(self):
        self.place = self.enterContext(tempfile.TemporaryDirectory())
        self.home = os.path.join(self.place, "config", "chatd", "children")

    def install(self, source, *options):
        return chatd("child", "install", source, *options, folder=self.place,
                     environment={"XDG_CONFIG_HOME": os.path.join(self.place, "config")})

    def archive(self, name, content):
        path = os.path.join(self.place, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def parrot(self, name="parrot"):
        """The folder of a good child, as an author has it."""
        folder = os.path.join(self.place, "mine", name)
        shutil.copytree(os.path.join(EXAMPLES, "sentiment"), folder)
        os.chmod(os.path.join(folder, "main.py"), 0o775)
        return folder

    def assert_refused(self, source, reason, *options):
        before = self.everything()
        done = self.install(source, *options)
        self.assertNotEqual(done.returncode, 0, source)
        self.assertEqual(done.stdout, "")
        self.assertIn(reason, done.stderr)
        self.assertEqual(self.everything(), before)
        return done

    def everything(self):
        """All folders and files below the place, and what the files begin with."""
        found = {}
        for folder, _, files in os.walk(self.place):
            found[folder] = None
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[path] = os.path.getsize(path), file.read(1 << 20)
        return found


class TestGoodChildren(InstallCase):
    def assert_installed(self, source, *options, name="parrot"):
        done = self.install(source, *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        folder = os.path.join(self.home, name)
        self.assertIn(f"{name} is in {folder}", done.stdout)
        self.assertIn("was not checked" if "--no-check" in options else "keeps to the protocol",
                      done.stdout)
        self.assertIn("within 2 s", done.stdout)
        self.assertEqual(os.listdir(self.home), [name])  # nothing that begins with a dot, either
        self.assertEqual(stat.S_IMODE(os.stat(self.home).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, "main.py")).st_mode), 0o755)
        with Chatd(folder, path=PROGRAMS) as child:
            self.assertIn("result", child.initialize())
            self.assertIn("Radiant", child.say("I love this, it is wonderful!")["text"])
            self.assertEqual(child.shut_down(), 0)
        return done

    def test_a_folder(self):
        self.assert_installed(self.parrot())  # and checked: it is held to every rule

    def test_a_folder_named_as_shells_complete_it(self):
        self.parrot()
        self.assert_installed("mine/parrot/", "--no-check")

    def test_archives_as_the_usual_programs_write_them(self):
        mine = os.path.dirname(self.parrot())
        for options, name in (
            (["-cf"], "parrot-1.0.tar"), (["-czf"], "a.tar.gz"),
            (["--format=pax", "-czf"], "b.tgz"),
            (["--format=ustar", "-cf"], "c.tar"), (["--format=v7", "-cf"], "d.tar"),
        ):
            archive = os.path.join(self.place, name)
            subprocess.run(["tar", *options, archive, "parrot"], cwd=mine, check=True)
            self.assert_installed(archive, "--no-check")
            shutil.rmtree(self.home)
        archive = shutil.make_archive(os.path.join(self.place, "e"), "zip", mine, "parrot")
        self.assert_installed(archive, "--no-check")

    def test_archives_of_files_at_the_top_are_named_after_it(self):
        folder = self.parrot()
        for kind in ("tar", "gztar", "bztar", "xztar", "zip"):
            archive = shutil.make_archive(os.path.join(self.place, "parrot"), kind, folder)
            self.assert_installed(archive, "--no-check")
            shutil.rmtree(self.home)

    def test_every_way_of_packing_a_tar(self):
        tar = tar_of(GOOD, member("one/main.py", os.urandom(200_000)))
        for name, pack in PACKERS.items():
            done = self.install(self.archive(f"one.tar.{name}", pack(tar)), "--no-check")
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            shutil.rmtree(self.home)

    def test_a_gzip_in_two_members_is_one(self):
        tar = tar_of(GOOD, member("one/main.py", b"x"))
        content = gzip.compress(tar[:600]) + gzip.compress(tar[600:])
        done = self.install(self.archive("one.tgz", content), "--no-check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_elsewhere(self):
        other = os.path.join(self.place, "other")
        done = self.install(self.parrot(), "--into", "other", "--no-check")
        self.assertIn(f"parrot is in {other}/parrot", done.stdout)
        self.assertFalse(os.path.exists(self.home))

    def test_replacing(self):
        folder = self.parrot()
        self.assert_installed(folder, "--no-check")
        self.assert_refused(folder, f"{self.home}/parrot is there already")
        same = self.install(folder, "--replace", "--no-check")
        self.assertIn("has to be told to restart it", same.stdout)
        with open(os.path.join(folder, "manifest.toml"), "a", encoding="utf-8") as file:
            file.write("[config]\nnew = true\n")
        os.remove(os.path.join(self.home, "parrot", "main.py"))
        self.assert_installed(folder, "--replace", "--no-check")


class TestBadChildren(InstallCase):
    def test_paths_that_lead_out(self):
        for path in ("../evil", "/tmp/evil", "one/../../evil", "one/a/../../../evil"):
            content = tar_of(GOOD, member(path, b"evil"))
            self.assert_refused(self.archive("one.tar", content), "leads out of the folder")
            content = zip_of(("one/manifest.toml", MANIFEST, 0o100644), (path, b"evil", 0o100644))
            self.assert_refused(self.archive("one.zip", content), "leads out of the folder")

    def test_links(self):
        for target in ("/etc/passwd", "../../x", "main.py"):
            for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                link = member("one/link", type=kind, linkname=target)
                self.assert_refused(self.archive("one.tar", tar_of(GOOD, link)),
                                    "one/link: is a link")
            content = zip_of(("one/manifest.toml", MANIFEST, 0o100644),
                             ("one/link", target.encode(), 0o120777))
            self.assert_refused(self.archive("one.zip", content), "one/link: is a link")

    def test_what_would_be_written_through_a_link(self):
        outside = os.path.join(self.place, "outside")
        link = member("one/link", type=tarfile.SYMTYPE, linkname=outside)
        content = tar_of(GOOD, link, member("one/link/x", b"evil"))
        self.assert_refused(self.archive("one.tar", content), "one/link: is a link")
        # The same with the link already there: what is to be replaced is not written through.
        self.install(self.archive("one.tar", tar_of(GOOD)), "--no-check")
        os.mkdir(outside)
        os.symlink(outside, os.path.join(self.home, "one", "link"))
        content = tar_of(GOOD, member("one/link/x", b"new"))
        done = self.install(self.archive("one.tar", content), "--replace", "--no-check")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(os.listdir(outside), [])
        self.assertFalse(os.path.islink(os.path.join(self.home, "one", "link")))

    def test_devices_and_pipes(self):
        for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            content = tar_of(GOOD, member("one/x", type=kind))
            self.assert_refused(self.archive("one.tar", content), "files and folders alone")

    def test_bombs(self):
        def bomb(*sizes, pack=gzip.open, **options):
            """A packed tar of files of zeros, of so many MiB."""
            packed = io.BytesIO()
            with pack(packed, "wb", **options) as file:
                file.write(tar_of(GOOD)[:1024])
                for number, size in enumerate(sizes):
                    large = tarfile.TarInfo(f"one/{number}")
                    large.size = size << 20
                    file.write(large.tobuf())
                    for _ in range(size):
                        file.write(bytes(1 << 20))
                file.write(bytes(1024))
            self.assertLess(len(packed.getvalue()), 2 << 20)
            return packed.getvalue()

        everything = "at most 10000 files of 268435456 bytes in all"
        self.assert_refused(self.archive("one.tgz", bomb(129)), "one/0: expected a file of at most")
        self.assert_refused(self.archive("one.tgz", bomb(100, 100, 100, compresslevel=1)),
                            everything)
        content = bomb(100, 100, 100, pack=lzma.open, preset=0)
        self.assert_refused(self.archive("one.tar.xz", content), everything)
        content = zip_of(("one/manifest.toml", MANIFEST, 0o100644),
                         *((f"one/{n}", bytes(100 << 20), 0o100644) for n in range(3)))
        self.assertLess(len(content), 1 << 20)
        self.assert_refused(self.archive("one.zip", content), everything)
        content = tar_of(GOOD, *(member(f"one/{n}") for n in range(10_001)), mode="w:gz")
        self.assert_refused(self.archive("one.tgz", content), everything)

    def test_bombs_that_are_no_files(self):
        # Zeros after the end, which no file of the child holds; and a file of holes.
        packer = zlib.compressobj(wbits=31)
        content = packer.compress(tar_of(GOOD))
        content += b"".join(packer.compress(bytes(1 << 20)) for _ in range(320)) + packer.flush()
        self.assert_refused(self.archive("one.tgz", content), "268435456 bytes in all")
        mine = os.path.dirname(self.parrot())
        with open(os.path.join(mine, "parrot", "hole"), "wb") as file:
            file.truncate(1 << 33)
        for kind in ("gnu", "posix"):
            archive = os.path.join(self.place, "hole.tar")
            subprocess.run(["tar", f"--format={kind}", "-cSf", archive, "parrot"], cwd=mine,
                           check=True)
            self.assertLess(os.path.getsize(archive), 1 << 20)
            self.assert_refused(archive, "parrot/hole: expected a file of at most")
        self.assert_refused(os.path.join(mine, "parrot"), "hole: expected a file of at most")

    def test_what_is_packed_twice(self):
        for outer in ("xz", "bz2", "zst"):
            for inner in PACKERS:
                content = PACKERS[outer](PACKERS[inner](tar_of(GOOD)))
                self.assert_refused(self.archive("one.tar", content), "expected a .tar, .tar.gz")

    def test_what_is_damaged_or_cut_off_somewhere(self):
        tar = tar_of(GOOD, member("one/main.py", b"# is this it?\n" * 900))
        # Of a longer one the end is not looked at for the sake of its files.
        for name, content in ((name, pack(tar + rest)) for name, pack in PACKERS.items()
                              for rest in (b"", bytes(1 << 18))):
            place = f"one.tar.{name}"
            for count in (len(content) // 2, len(content) - 9, len(content) - 1):
                self.assert_refused(self.archive(place, content[:count]), "the archive is damaged")
            if name == "zst":
                continue  # ours has no checksum
            for at in (len(content) // 2, len(content) - 7):
                wrong = bytearray(content)
                wrong[at] ^= 1
                self.assert_refused(self.archive(place, bytes(wrong)), "the archive is damaged")
        content = zip_of(("one/manifest.toml", MANIFEST, 0o100644), ("one/x", tar, 0o100644))
        for count in (100, len(content) // 2, len(content) - 30, len(content) - 1):
            self.assert_refused(self.archive("one.zip", content[:count]), "one.zip: ")

    def test_what_is_no_child(self):
        for content, reason in (
            (b"", "expected a .tar, .tar.gz, .tar.xz"),
            (b"#!/bin/sh\n", "expected a .tar, .tar.gz, .tar.xz"),
            (tar_of(member("one/main.py")), "expected a manifest.toml in one"),
            (tar_of(GOOD, member("two/manifest.toml", MANIFEST)), "there are one, two"),
            (tar_of(member("One!/manifest.toml", MANIFEST)), "rename it"),
            (tar_of(GOOD)[:1024], "its end is missing"),
        ):
            self.assert_refused(self.archive("one.tgz", content), reason)
        done = self.assert_refused(os.path.join(self.place, "nowhere"), "No such file")
        self.assertEqual(done.returncode, 64)

    def test_a_wrong_manifest(self):
        content = tar_of(member("one/manifest.toml", MANIFEST + b"autostrat = true\n"))
        done = self.assert_refused(self.archive("one.tar", content),
                                   "one/manifest.toml:4: autostrat: unknown key")
        self.assertEqual(done.returncode, 78)
        content = tar_of(member("one/manifest.toml", b'command = ["./run"]\n'),
                         member("one/run", b"", mode=0o644))
        self.assert_refused(self.archive("one.tar", content), "run is not executable")

    def test_what_breaks_the_rules_and_says_which(self):
        folder = self.parrot()
        self.install(folder, "--no-check")
        for old, new, rule in (
            ('{"result": feel(params["message"]["content"])}', '{"result": "words"}', "answer"),
            ("continue  # a notification is never answered", 'request["id"] = 0', "notifications"),
        ):
            path = os.path.join(folder, "main.py")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertIn(old, text)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))
            done = self.assert_refused(folder, "parrot is not installed", "--replace")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"FAILED   {rule}  ", done.stderr)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def test_what_is_broken_off_leaves_nothing(self):
        started = os.path.join(self.place, "started")
        os.mkfifo(started)
        folder = self.parrot()
        with open(os.path.join(folder, "main.py"), "w", encoding="utf-8") as file:
            file.write(f"import signal\nup = open({started!r}, 'wb')\nup.write(b'up')\n"
                       "up.flush()\nsignal.pause()\n")
        os.makedirs(self.home)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with subprocess.Popen(
                [shutil.which("chatd", path=os.pathsep.join(PROGRAMS)), "child", "install", folder,
                 "--into", self.home], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ) as installing, open(started, "rb") as up:
                self.assertEqual(up.read(2), b"up")
                self.assertEqual(len(os.listdir(self.home)), 1)
                installing.send_signal(number)
                self.assertEqual(installing.communicate(timeout=60)[0], b"")
                self.assertEqual(installing.returncode, 128 + number)
                up.read()  # until the child has ended, too
            self.assertEqual(os.listdir(self.home), [])

    def test_where_nothing_may_be_written(self):
        os.makedirs(os.path.dirname(self.home))
        with open(self.home, "w", encoding="utf-8"):
            pass
        done = self.assert_refused(self.parrot(), "chatd: ")
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
