#include "library.hpp"

#include <onnxruntime_cxx_api.h>

#include <cstdlib>
#include <string>

#include "ports.hpp"

#ifdef ORT_API_MANUAL_INIT
#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif
#endif

namespace kx_host {
namespace {

#ifdef ORT_API_MANUAL_INIT

using GetBase = const OrtApiBase*(ORT_API_CALL*)();

#ifdef _WIN32

const OrtApiBase* base() {
  const wchar_t* said = _wgetenv(L"ONNXRUNTIME_LIBRARY");
  const HMODULE library = LoadLibraryW(said ? said : L"onnxruntime.dll");
  if (!library) {
    throw ModelError(
        "onnxruntime.dll cannot be loaded: put it beside the program, or name it in "
        "the environment variable ONNXRUNTIME_LIBRARY");
  }
  const auto found = reinterpret_cast<void*>(GetProcAddress(library, "OrtGetApiBase"));
  return found ? reinterpret_cast<GetBase>(found)() : nullptr;
}

#else

const OrtApiBase* base() {
#ifdef __APPLE__
  const std::string usual = "libonnxruntime.dylib";
#else
  const std::string usual = "libonnxruntime.so.1";
#endif
  const char* said = std::getenv("ONNXRUNTIME_LIBRARY");
  void* library = dlopen(said ? said : usual.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    throw ModelError(std::string(dlerror()) +
                     ": name the library in the environment variable ONNXRUNTIME_LIBRARY");
  }
  void* found = dlsym(library, "OrtGetApiBase");
  return found ? reinterpret_cast<GetBase>(found)() : nullptr;
}

#endif
#else

const OrtApiBase* base() { return OrtGetApiBase(); }

#endif

const OrtApi* api() {
  const OrtApiBase* found = base();
  if (!found) throw ModelError("the library is no onnxruntime");
  const OrtApi* api = found->GetApi(ORT_API_VERSION);
  if (!api) {
    throw ModelError(std::string("onnxruntime ") + found->GetVersionString() +
                     " is older than the headers that the program was built with");
  }
  return api;
}

}  // namespace

void load_library() {
  static const OrtApi* const found = api();
#ifdef ORT_API_MANUAL_INIT
  Ort::InitApi(found);
#else
  static_cast<void>(found);
#endif
}

}  // namespace kx_host
