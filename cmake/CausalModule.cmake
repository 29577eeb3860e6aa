# causal_add_module(<name> DEPENDS <public targets> PRIVATE_DEPENDS <targets> KERNELS <sources>)
#
# Builds the static library causal_<name>, alias causal::<name>, from include/ and src/ of the calling folder.
# KERNELS are sources compiled at -O3 in every preset.
function(causal_add_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE_DEPENDS;KERNELS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)
  add_library(causal_${name} STATIC ${sources})
  add_library(causal::${name} ALIAS causal_${name})
  set_target_properties(causal_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(causal_${name} PUBLIC cxx_std_20)
  target_include_directories(causal_${name}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_link_libraries(causal_${name}
    PUBLIC ${ARG_DEPENDS}
    PRIVATE $<BUILD_INTERFACE:causal_warnings> $<BUILD_INTERFACE:causal_numerics> ${ARG_PRIVATE_DEPENDS})
  if(ARG_KERNELS)
    set_source_files_properties(${ARG_KERNELS} PROPERTIES COMPILE_OPTIONS "-O3")
  endif()
  install(TARGETS causal_${name} EXPORT causalTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()
