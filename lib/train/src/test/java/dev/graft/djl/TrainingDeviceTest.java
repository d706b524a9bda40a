package dev.graft.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.graft.device.Device;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainingDeviceTest {

  private static final boolean CUDA = Engine.getInstance().hasCapability(StandardCapabilities.CUDA);

  @Test
  void isTheCpuForAllButNvidiasDevices() {
    for (Device device : new Device[] {Device.cpu(), Device.coreMl(), Device.directMl(0)}) {
      assertEquals(TrainingDevice.CPU, TrainingDevice.of(device));
    }
  }

  @Test
  void fallsBackToTheCpuAndSaysWhy() {
    for (Device device : new Device[] {Device.cuda(99), Device.tensorRt(99)}) {
      TrainingDevice found = TrainingDevice.of(device);
      assertEquals(TrainingDevice.CPU.device(), found.device());
      assertEquals(HostAccess.IN_PLACE, found.access());
      String why =
          CUDA
              ? "PyTorch finds %d GPUs".formatted(Engine.getInstance().getGpuCount())
              : "this PyTorch is built without CUDA";
      assertEquals(
          Optional.of(
              "cuda:99 cannot train layers (%s); they are trained on the CPU".formatted(why)),
          found.fallback());
    }
  }

  @Test
  void autoIsSilentWithAPyTorchForTheCpu() {
    TrainingDevice found = TrainingDevice.of(Device.auto());
    assertEquals(CUDA && Engine.getInstance().getGpuCount() == 0, found.fallback().isPresent());
    assertEquals(CUDA && Engine.getInstance().getGpuCount() > 0, found.device().isGpu());
  }

  @Test
  void worksOnCopiesAsOnTheMemoryItself() {
    for (HostAccess access : HostAccess.values()) {
      TrainingDevice device =
          new TrainingDevice(TrainingDevice.CPU.device(), access, Optional.empty());
      try (NDManager manager = device.newManager()) {
        NDArray array =
            device.create(manager, new Shape(3), memory -> memory.put(new float[] {1, 2, 3}));
        device.read(array, memory -> assertEquals(2, memory.get(1)));
        device.read(
            array,
            memory -> {
              if (access == HostAccess.BY_COPY) {
                memory.put(0, 7); // reaches nothing
              }
            });
        assertArrayEquals(new float[] {1, 2, 3}, array.toFloatArray());
        device.change(array, memory -> memory.put(2, -0.5f));
        assertArrayEquals(new float[] {1, 2, -0.5f}, array.toFloatArray());
        assertEquals(device.device(), array.getDevice());
        assertSame(manager, array.getManager());
        assertEquals(List.of(array), manager.getManagedArrays());
      }
    }
  }
}
