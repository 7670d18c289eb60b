// Which onnxruntime the program uses: the one it is linked with, or one that it opens by itself.
#pragma once

namespace kx_host {

/// Makes onnxruntime ready. Throws ModelError where it is missing, or older than its headers.
void load_library();

}  // namespace kx_host
