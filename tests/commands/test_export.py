from tfkeypoints import cli


def test_a_run_is_exported_and_compared(run, tmp_path, capsys):
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path / "chairs" / "1")]) == 0
    assert "largest relative difference" in capsys.readouterr().out
    assert (tmp_path / "chairs" / "1" / "saved_model.pb").exists()
    assert [path.name for path in (tmp_path / "chairs").iterdir()] == ["1"]


def test_an_existing_folder_is_left_alone(run, tmp_path, capsys):
    assert cli.main(["export", str(run.folder), "--out", str(tmp_path)]) == 2
    assert "`out` should not exist yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
