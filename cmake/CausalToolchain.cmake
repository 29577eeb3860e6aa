# Compiler settings shared by every target: warnings, the numerical contract, ccache and mold.

add_library(causal_warnings INTERFACE)
target_compile_options(causal_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${CAUSAL_WARNINGS_AS_ERRORS}>:-Werror>
  # At -O3 GCC 12 sees overlapping copies in every "text" + std::to_string(i) (GCC bug 105651); mended in GCC 13.
  $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# Bytes must not differ between processors: a product and a sum are never fused behind our back.
add_library(causal_numerics INTERFACE)
target_compile_options(causal_numerics INTERFACE -ffp-contract=off)
target_compile_definitions(causal_numerics INTERFACE EIGEN_DONT_PARALLELIZE)

if(PROJECT_IS_TOP_LEVEL)
  find_program(CAUSAL_CCACHE ccache)
  if(CAUSAL_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CAUSAL_CCACHE})
  endif()
  find_program(CAUSAL_MOLD mold)
  if(CAUSAL_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
  # Programs that do not optimise need not load what Ceres brings along (glog, SuiteSparse, BLAS).
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    add_link_options(LINKER:--as-needed)
  endif()
endif()
