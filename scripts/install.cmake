# What `cmake --install` puts where: programs, manual pages, completions, templates, examples, the service unit.
include(GNUInstallDirs)

# Written by the programs themselves, from the tables that also parse their command lines.
function(written file program)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${file} COMMAND ${program} ${ARGN} > ${CMAKE_BINARY_DIR}/${file}
    DEPENDS ${program} VERBATIM)
  set_property(GLOBAL APPEND PROPERTY written_files ${CMAKE_BINARY_DIR}/${file})
endfunction()
written(tocsin.8 tocsin --help-man)
written(tocsinctl.1 tocsinctl --help-man)
written(tocsin.bash tocsin --completion-script-bash)
written(_tocsin tocsin --completion-script-zsh)
written(tocsinctl.bash tocsinctl completion bash)
written(_tocsinctl tocsinctl completion zsh)
written(tocsinctl.fish tocsinctl completion fish)
get_property(written_files GLOBAL PROPERTY written_files)
add_custom_target(written ALL DEPENDS ${written_files})

configure_file(conf/tocsin.service.in ${CMAKE_BINARY_DIR}/tocsin.service @ONLY)

install(TARGETS tocsin tocsinctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_BINARY_DIR}/tocsin.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${CMAKE_BINARY_DIR}/tocsinctl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/tocsin.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tocsin)
install(FILES ${CMAKE_BINARY_DIR}/tocsinctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME tocsinctl)
install(FILES ${CMAKE_BINARY_DIR}/_tocsin ${CMAKE_BINARY_DIR}/_tocsinctl
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${CMAKE_BINARY_DIR}/tocsinctl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY templates DESTINATION ${CMAKE_INSTALL_DATADIR}/tocsin)
install(DIRECTORY conf/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_BINARY_DIR}/tocsin.service DESTINATION lib/systemd/system)
# A configuration that is there already is somebody's work.
install(CODE "
  set(config \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_SYSCONFDIR}/tocsin/tocsin.yml\")
  if(NOT IS_ABSOLUTE \"${CMAKE_INSTALL_SYSCONFDIR}\")
    set(config \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SYSCONFDIR}/tocsin/tocsin.yml\")
  endif()
  if(EXISTS \"\${config}\")
    message(STATUS \"Kept: \${config}\")
  else()
    configure_file(\"${CMAKE_SOURCE_DIR}/conf/tocsin.yml\" \"\${config}\" COPYONLY)
    message(STATUS \"Installing: \${config}\")
  endif()")
