@echo off
rem Runs the graft command of the folder that this bin\ is in, wherever that folder is.
setlocal
for %%d in ("%~dp0..") do set "GRAFT_HOME=%%~fd"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
set "JAR="
for %%j in ("%GRAFT_HOME%\lib\graft-cli-*.jar") do set "JAR=%%j"
if not defined JAR (
  echo graft: %GRAFT_HOME%\lib\graft-cli-*.jar is missing; unpack the distribution again 1>&2
  exit /b 1
)

rem PyTorch's idle threads sleep instead of spinning.
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"

"%JAVA%" "-Dgraft.home=%GRAFT_HOME%" %GRAFT_JAVA_OPTS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
