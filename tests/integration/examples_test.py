"""Each configuration under conf/ starts as it stands."""
import glob
import os
import shutil

from support.proc import ROOT, Case


class Examples(Case):
    def test_every_example_starts(self):
        files = sorted(glob.glob(os.path.join(ROOT, "conf", "*.yml")) + glob.glob(os.path.join(ROOT, "conf/examples/*.yml"))
                       + [os.path.join(ROOT, "conf/demo/tocsin.yml")])
        self.assertGreater(len(files), 3)
        for folder in ("teams", "sms"):  # what some of them refer to
            shutil.copytree(os.path.join(ROOT, "conf/examples", folder), os.path.join(self.home, folder))
        for path in files:
            with self.subTest(path=os.path.basename(path)), open(path, encoding="utf-8") as f:
                router = self.router(f.read(), name=os.path.basename(path)[:-4])
                self.assertEqual(router.get("/api/v2/alerts"), [])
                self.assertEqual(router.stop(), 0)
