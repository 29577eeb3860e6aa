# Install rules and the find_package(causal) configuration.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/causal)
install(EXPORT causalTargets NAMESPACE causal:: DESTINATION ${config_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/causalConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/causalConfig.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/causalConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/causalConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/causalConfigVersion.cmake
  DESTINATION ${config_dir})
