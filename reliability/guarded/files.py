"""Guards around files of models."""

from __future__ import annotations

from guarded.guard import Guard

__all__ = ["GUARDS"]

THINGS, GRAPH = "files/keras_things.py", "files/keras_graph.py"
ARCHIVE, HDF5, SAFETENSORS, PLAIN = "files/archive.py", "files/hdf5.py", "files/safetensors.py", "files/plain.py"


def of(name: str, case: str = "") -> str:
    """A test of what a file may not do."""
    return f"faults/test_model_files.py::{name}" + (f"[{case}]" if case else "")


GUARDS = (
    Guard(
        "a module outside the list",
        THINGS,
        'if given.get("module") != module or given',
        "if given",
        of("test_a_module_outside_the_list_is_not_imported", "trapped"),
    ),
    Guard(
        "a registered name that is not the class's",
        THINGS,
        ' or given.get("registered_name") not in (None, name) or',
        " or",
        of("test_a_registered_name_does_not_stand_for_a_class"),
    ),
    Guard(
        "a class outside the list",
        THINGS,
        "raise DataError(f\"{key!r} is {value.get('module')}.{kind}, which cannot stand there; no code was looked for. {DOOR}\")",
        "return None",
        of("test_a_class_outside_the_list_is_not_made", "activation-builtins-print"),
    ),
    Guard(
        "a Lambda with bytecode",
        THINGS,
        "(None, name) or name not in MODULES[module]:",
        "(None, name):",
        of("test_a_lambda_with_bytecode_is_not_run"),
    ),
    Guard(
        "a model of another class",
        GRAPH,
        'if modules is None or given.get("module") not in modules or',
        "if modules is None or",
        of("test_a_class_outside_the_list_is_not_made", "model-trapped-Sequential"),
    ),
    Guard("models nested too deep", GRAPH, " or depth > DEEPEST:", ":", of("test_models_nested_too_deep")),
    Guard(
        "an HDF5 file or a pickle under the name",
        ARCHIVE,
        '    if first != b"PK\\x03\\x04":',
        "    if False:",
        of("test_an_hdf5_file_or_a_pickle_under_the_name"),
    ),
    Guard(
        "HDF5 links",
        HDF5,
        "    if not isinstance(link, h5py.HardLink):",
        "    if False:",
        of("test_hdf5_that_leads_elsewhere"),
    ),
    Guard(
        "HDF5 groups in a circle",
        HDF5,
        "if (address := _address(h5py, thing)) in seen or",
        "if (address := _address(h5py, thing)) in () or",
        of("test_hdf5_that_leads_elsewhere"),
    ),
    Guard(
        "HDF5 virtual data sets",
        HDF5,
        "    if dataset.is_virtual or dataset.external:",
        "    if dataset.external:",
        of("test_hdf5_that_leads_elsewhere"),
    ),
    Guard(
        "HDF5 external storage",
        HDF5,
        "    if dataset.is_virtual or dataset.external:",
        "    if dataset.is_virtual:",
        of("test_hdf5_that_leads_elsewhere"),
    ),
    Guard(
        "an HDF5 file that declares 40 GB",
        HDF5,
        "    if said != stored or said > left:",
        "    if False:",
        of("test_a_small_hdf5_that_declares_40_gb_takes_no_memory", "options0"),
    ),
    Guard(
        "HDF5 in chunks, which filters may blow up",
        HDF5,
        "if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) or dataset.shape is None:",
        "if dataset.shape is None:",
        of("test_hdf5_in_chunks"),
    ),
    Guard(
        "HDF5 of other things than numbers",
        HDF5,
        '    if dtype.kind not in "biuf" and not opaque:',
        "    if False:",
        of("test_hdf5_of_other_things_than_numbers", "value0"),
    ),
    Guard(
        "zip bombs",
        ARCHIVE,
        "    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size or entry.flag_bits & 1:",
        "    if False:",
        of("test_zip_bombs"),
    ),
    Guard(
        "members with names that lead elsewhere",
        ARCHIVE,
        "    if not _NAME.fullmatch(entry.orig_filename):",
        "    if False:",
        "files/test_archive.py::test_names_that_are_not_allowed",
    ),
    Guard(
        "a member that is a link",
        ARCHIVE,
        "    if stat.S_ISLNK(entry.external_attr >> 16):",
        "    if False:",
        of("test_a_member_that_is_a_link"),
    ),
    Guard(
        "a member that stands there twice",
        ARCHIVE,
        "    if entry.filename in earlier:",
        "    if False:",
        of("test_a_member_that_stands_there_twice"),
    ),
    Guard(
        "a digest for each member",
        ARCHIVE,
        "if hashlib.sha256(contents[name]).hexdigest() != digests[name]:",
        "if False:",
        of("test_a_member_that_is_not_what_was_written"),
    ),
    Guard(
        "an array that is missing, or one too many",
        "files/keras_arrays.py",
        "    if len(given) != len(names):\n        has,",
        "    if False:\n        has,",
        of("test_weights_that_do_not_fit_the_config"),
    ),
    Guard(
        "an array that no layer has",
        "files/keras.py",
        "    if extra := [path for path in left_over(found, where) if",
        "    if extra := [path for path in () if",
        of("test_weights_that_do_not_fit_the_config"),
    ),
    Guard(
        "an array of another shape or dtype",
        "files/keras_arrays.py",
        "        if array.shape != wanted[one].shape or array.dtype != wanted[one].dtype:",
        "        if array.shape != wanted[one].shape:",
        of("test_weights_that_do_not_fit_the_config"),
    ),
    Guard(
        "an optimizer that remembers another network",
        "files/keras_memory.py",
        "        if array.shape != slot.shape or array.dtype != slot.dtype:",
        "        if array.dtype != slot.dtype:",
        of("test_weights_that_do_not_fit_the_config"),
    ),
    Guard(
        "a layer of 10⁹ units",
        "files/networks.py",
        "if size > MOST_NUMBERS]:",
        "if False]:",
        of("test_a_layer_of_a_billion_units_takes_no_memory"),
    ),
    Guard(
        "JSON that is 100,000 deep",
        PLAIN,
        "    except RecursionError:",
        "    except KeyError:",
        "files/test_plain.py::test_what_is_refused",
    ),
    Guard(
        "a later version",
        "files/keras.py",
        '    if not isinstance(version, str) or not re.fullmatch(r"3\\.\\d+\\.\\d+\\S{0,40}", version):',
        "    if not isinstance(version, str):",
        of("test_a_version_that_is_not_known", "4.0.0"),
    ),
    Guard(
        "a safetensors header past the end",
        SAFETENSORS,
        "if size is None or size > min(MOST_TEXT, len(content) - 8):",
        "if size is None:",
        of("test_safetensors"),
    ),
    Guard(
        "holes and overlaps in safetensors", SAFETENSORS, "        if start != end:", "        if False:", of("test_safetensors")
    ),
    Guard("safetensors of an unknown dtype", SAFETENSORS, "or name not in _DTYPES:", ":", of("test_safetensors")),
    Guard(
        "a name twice in a safetensors header", PLAIN, "    if len(named) < len(pairs):", "    if False:", of("test_safetensors")
    ),
    Guard(
        "safetensors with arrays past the end",
        SAFETENSORS,
        "    if end != len(values):",
        "    if False:",
        of("test_safetensors"),
    ),
)
