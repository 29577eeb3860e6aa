# Run by ctest with MODE (find_package | add_subdirectory), SOURCE_DIR, BUILD_DIR, WORK_DIR, GENERATOR, COMPILER, FLAGS.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK_DIR})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(configure ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${WORK_DIR}/build -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_BUILD_TYPE=Release)
if(MODE STREQUAL "find_package")
  run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix)
  run(${configure} -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix)
  run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
  run(${WORK_DIR}/build/consumer)
else()
  # Building the library again would repeat the build that this test belongs to: configuring shows what matters.
  run(${configure} -DCAUSAL_SOURCE_DIR=${SOURCE_DIR})
endif()

# What we choose for our own development is no business of the consumer.
file(GLOB build_files ${WORK_DIR}/build/build.ninja ${WORK_DIR}/build/Makefile)
file(READ ${build_files} rules)
foreach(ours IN ITEMS -Werror -fuse-ld ccache doctest CLI11)
  if(rules MATCHES "${ours}")
    message(FATAL_ERROR "the consumer's build contains ${ours}")
  endif()
endforeach()
